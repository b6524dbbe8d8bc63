"""What a run must keep to go on as if it had never stopped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch


@dataclass(slots=True)
class Progress:
    """Counters of a run."""

    step: int = 0
    seconds: float = 0.0  # wall clock spent training
    cpu_seconds: float = 0.0  # processor time of all threads


def stable_path(work: Path) -> Path:
    """The checkpoint of the stable phase."""
    return work / "student-stable.pt"


def release_path(work: Path) -> Path:
    """The checkpoint at the end of a decay phase."""
    return work / "student-release.pt"


def save(path: Path, state: dict[str, Any]) -> None:
    """Write whole or not at all: a run may be killed at any moment."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def load(path: Path) -> dict[str, Any]:
    """Tensors and plain values only."""
    state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    return state
