"""A student as it was on average: what is kept of a training run."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

S = TypeVar("S", bound=nn.Module)


class Average(Generic[S]):
    """The exponential moving average of a student's weights and running statistics."""

    def __init__(self, student: S, decay: float) -> None:
        self.student = copy.deepcopy(student).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def follow(self, student: S, step: int) -> None:
        """One step towards the student; early on the average is short, or it would remember random weights."""
        share = 1 - min(self._decay, (1 + step) / (10 + step))
        mine, theirs = self.student.state_dict(), student.state_dict()
        floats = [name for name, tensor in mine.items() if tensor.is_floating_point()]
        torch._foreach_lerp_([mine[name] for name in floats], [theirs[name] for name in floats], share)
