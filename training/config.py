"""The recipe as frozen records, read from a TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BACKBONE_WIDTH = 1280


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the pools lie and where results go."""

    pools: Path
    teachers: Path
    work: Path
    weights: Path

    @property
    def backbone(self) -> Path:
        """The first teacher's graph."""
        return self.teachers / "mobilenetv2_fp32_backbone" / "mobilenetv2_features_fp32.onnx"

    @property
    def quantised(self) -> Path:
        """The second teacher as it is published."""
        return self.teachers / "mobilenet_v2_int8_coral" / "tf2_mobilenet_v2_1.0_224_ptq.tflite"

    @property
    def second_backbone(self) -> Path:
        """The second teacher's graph, which `prepare` makes."""
        return self.work / "second-teacher.onnx"


@dataclass(frozen=True, slots=True)
class TeachPlan:
    """How the teacher describes views of pictures; how many of each picture, its set says."""

    teachers: int  # 1 or 2
    size: int
    scale: tuple[float, float]
    ratio: tuple[float, float]
    whole_share: float
    processes: int
    batch: int


@dataclass(frozen=True, slots=True)
class HeadPlan:
    """The teacher's two-layer head into the text space."""

    steps: int
    batch: int
    learning_rate: float
    weight_decay: float
    dropout: float
    hidden: int
    min_views: int
    members: int


@dataclass(frozen=True, slots=True)
class DistilPlan:
    """The student and its schedule."""

    architecture: str
    batch: int
    learning_rate: float
    weight_decay: float
    head_rate: float
    ema: float
    warmup_steps: int
    last_step: int
    minutes: float
    decay_minutes: float
    sizes: tuple[tuple[int, int], ...]
    feature_weight: float
    embedding_weight: float
    similarity_weight: float
    caption_weight: float
    similarity_texts: int
    evaluate_minutes: float
    processes: int
    teacher_in_loop: bool
    resident_side: int
    light_jitter: float
    mixed_share: float


@dataclass(frozen=True, slots=True)
class SetPlan:
    """How much one picture set counts."""

    draws: float
    weight: float
    views: int


@dataclass(frozen=True, slots=True)
class Settings:
    """One whole recipe."""

    seed: int
    paths: Paths
    teach: TeachPlan
    head: HeadPlan
    distil: DistilPlan
    sets: dict[str, SetPlan]

    @property
    def backbones(self) -> list[Path]:
        """The graphs of the teachers that the recipe asks for."""
        return [self.paths.backbone, self.paths.second_backbone][: self.teach.teachers]

    @property
    def width(self) -> int:
        """Features that the teachers give together."""
        return BACKBONE_WIDTH * self.teach.teachers

    @property
    def views(self) -> int:
        """The most views that any picture has."""
        return max(plan.views for plan in self.sets.values())


def load_settings(path: Path) -> Settings:
    """Read a recipe; a missing or unknown key is a `ValueError` that names it."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        return Settings(
            seed=int(table["seed"]),
            paths=Paths(**{name: Path(value) for name, value in table["paths"].items()}),
            teach=TeachPlan(**_tuples(table["teach"])),
            head=HeadPlan(**table["head"]),
            distil=DistilPlan(**_tuples(table["distil"])),
            sets={name: SetPlan(**plan) for name, plan in table["sets"].items()},
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a training recipe: {error}") from error


def _tuples(table: dict[str, Any]) -> dict[str, Any]:
    """The same table with lists as tuples, which frozen records need."""
    return {name: _frozen(value) for name, value in table.items()}


def _frozen(value: Any) -> Any:
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value
