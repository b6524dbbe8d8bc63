"""Step 4: the averaged weights, in half precision, into the package."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import torch

from sensorium.models.log_mel import PATCH
from sensorium.models.sound_tower import SoundTower, SoundTowerConfig, load_sound_tower, save_sound_tower
from training import checkpoint
from training.sound.head import TEXT_WIDTH
from training.sound.plan import SoundPlan
from training.sound.student import Student
from training.textspace import TEXT_MODEL, TEXT_MODEL_SHA256

log = logging.getLogger(__name__)
WEIGHTS_NAME = "starter-sound.safetensors"


def export(plan: SoundPlan, pack: Path, out: Path, weights: Path) -> None:
    """Write the last weights of the run in `out`: those at the end of the falling rate, which `weights` ships."""
    state = checkpoint.load(out / "weights-last.pt")
    tower = trained_tower(plan, state)
    classes = json.loads((pack / "pack.json").read_text(encoding="utf-8"))["classes"]
    config = SoundTowerConfig(
        features=plan.features,
        hidden=plan.hidden,
        output_size=TEXT_WIDTH,
        text_model=TEXT_MODEL,
        text_model_sha256=TEXT_MODEL_SHA256,
        classes=tuple(classes),
        training={
            "steps": state["step"],
            "minutes": round(state["seconds"] / 60, 1),
            "validation": {name: round(value, 3) for name, value in state["figures"].items()},
        },
    )
    weights.mkdir(parents=True, exist_ok=True)
    path = weights / WEIGHTS_NAME
    save_sound_tower(path, tower, config)
    _check(path, tower)
    log.info("exported %s, %d bytes", path, path.stat().st_size)


def trained_tower(plan: SoundPlan, state: dict[str, Any]) -> SoundTower:
    """The tower of a run's averaged weights."""
    student = Student(plan)
    student.load_state_dict({name: value.float() for name, value in state["average"].items()})
    return student.tower.eval()


def _check(path: Path, tower: SoundTower) -> None:
    """Half precision must not have moved the vectors."""
    loaded, _ = load_sound_tower(path)
    patches = torch.randn(4, PATCH, 64) * 2 - 3
    with torch.inference_mode():
        cosine = (loaded(patches).vectors * tower(patches).vectors).sum(dim=1).min().item()
    if cosine < 0.999:
        raise ValueError(f"{path} does not reproduce the student's vectors: cosine {cosine:.4f}")
