"""The sound recipe as a frozen record, read from a TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

RECIPE = Path(__file__).with_name("recipe.toml")


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the pools lie and where the weights go."""

    pools: Path
    teachers: Path
    weights: Path

    @property
    def teacher(self) -> Path:
        """The published YAMNet."""
        return self.teachers / "yamnet" / "yamnet_audio_classifier_with_metadata.tflite"

    @property
    def classes(self) -> Path:
        """The names of its classes, a line each."""
        return self.teachers / "yamnet" / "yamnet_521_labels.txt"


@dataclass(frozen=True, slots=True)
class SoundPlan:
    """Everything that the sound tower's training decides by."""

    seed: int
    # sizes
    features: int
    hidden: int
    teacher_hidden: int
    batch: int
    cpu_batch: int
    # the teacher's head
    head_steps: int
    head_rate: float
    head_dropout: float
    head_decay: float
    kinship: float  # share of a text's target that goes to texts like it
    class_weight: float
    # the student
    minutes: float
    learning_rate: float
    weight_decay: float
    dropout: float
    ema: float
    warmup_steps: int
    decay_share: float  # the last part of the time, in which the rate falls
    feature_weight: float
    score_weight: float
    embedding_weight: float
    similarity_weight: float
    caption_weight: float
    evaluate_minutes: float
    # what becomes of a window, as chances
    speed: float
    mix: float
    colour: float
    echo: float
    noise: float
    silence: float
    set_draws: dict[str, float]  # how often a clip of the set is drawn; 1 where a set is not named


def load_plan(path: Path) -> SoundPlan:
    """Read a recipe's plan; a missing or unknown key is a `ValueError` that names it."""
    return SoundPlan(**_table(path, "sound", SoundPlan))


def load_paths(path: Path) -> Paths:
    """Read a recipe's paths; a missing or unknown key is a `ValueError` that names it."""
    return Paths(**{name: Path(value) for name, value in _table(path, "paths", Paths).items()})


def _table(path: Path, name: str, record: type) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8")).get(name, {})
    wanted = {field.name for field in fields(record)}
    if wrong := wanted.symmetric_difference(table):
        raise ValueError(f"{path}: the keys of [{name}] are not those of {record.__name__}: {', '.join(sorted(wrong))}")
    return table
