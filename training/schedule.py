"""Warm-up, stable, decay: a stable phase of any length, from which a short decay branches off release weights."""

from __future__ import annotations

import math

from training.config import DistilPlan


def stable_rate(plan: DistilPlan, step: int) -> float:
    """The learning rate of the warm-up and the stable phase."""
    return plan.learning_rate * min(1.0, (step + 1) / plan.warmup_steps)


def decay_rate(plan: DistilPlan, share: float) -> float:
    """The learning rate when this share of the decay has passed, as 1 - sqrt: it falls fast at first."""
    return plan.learning_rate * (1 - math.sqrt(min(1.0, share)))
