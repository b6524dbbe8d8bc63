"""The sound recipe as a frozen record, read from the [sound] table of the recipe's TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


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
    """Read a recipe; a missing or unknown key is a `ValueError` that names it."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        return SoundPlan(seed=int(table["seed"]), **table["sound"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} holds no sound recipe: {error}") from error
