"""Choosing the few stills that stand for a film."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .decoded import Frame

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.types import Pixels

_SAME = 3.0
"""Mean absolute difference, of 255, up to which two stills count as one."""
_SIDE = 16


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """A moment of a film and a miniature of it to compare by, float32[16 × 16, 3]."""

    time_s: float
    pixels: Pixels
    miniature: npt.NDArray[np.float32]


class Sampler:
    """Takes stills at least `step_s` apart, of near-equal ones the first, and never holds more than `capacity`.

    A film's duration need not be known: when full, every second still goes and the step doubles.
    """

    def __init__(self, *, step_s: float, capacity: int) -> None:
        self._step_s = step_s
        self._capacity = capacity
        self._next_s = 0.0
        self.stills: list[Still] = []
        self.looked_at = 0

    def wants(self, time_s: float) -> bool:
        return time_s >= self._next_s

    def offer(self, time_s: float, draw: Callable[[], Pixels]) -> None:
        """Draw and keep the still of this time, unless it comes too soon or looks like the one before."""
        if not self.wants(time_s):
            return
        self._next_s = time_s + self._step_s
        self.looked_at += 1
        pixels = draw()
        miniature = _miniature(pixels)
        if self.stills and float(np.abs(miniature - self.stills[-1].miniature).mean()) <= _SAME:
            return
        self.stills.append(Still(time_s, pixels, miniature))
        if len(self.stills) > self._capacity:
            del self.stills[1::2]
            span_s = self.stills[-1].time_s - self.stills[0].time_s
            self._step_s = max(2 * self._step_s, span_s / self._capacity)


def evenly(stills: Sequence[Still], count: int) -> list[Still]:
    """At most `count` of the stills, evenly thinned, the first and the last among them."""
    if len(stills) <= count:
        return list(stills)
    return [stills[round(at)] for at in np.linspace(0, len(stills) - 1, count)]


def frames_until(stills: Sequence[Still], end_s: float) -> tuple[Frame, ...]:
    """Frames that each last until the next one, the last until `end_s`."""
    ends = [*(still.time_s for still in stills[1:]), end_s]
    return tuple(Frame(still.time_s, end, still.pixels) for still, end in zip(stills, ends, strict=True))


def _miniature(pixels: Pixels) -> npt.NDArray[np.float32]:
    """Means over a grid. In colour, because a cut between equally bright scenes is a cut as well."""
    height, width = pixels.shape[:2]
    rows = np.linspace(0, height, min(_SIDE, height), endpoint=False).astype(int)
    columns = np.linspace(0, width, min(_SIDE, width), endpoint=False).astype(int)
    sums = np.add.reduceat(np.add.reduceat(pixels, rows, axis=0, dtype=np.float32), columns, axis=1)
    heights, widths = np.diff([*rows, height]), np.diff([*columns, width])
    means: npt.NDArray[np.float32] = sums / (heights[:, None, None] * widths[None, :, None])
    return means.astype(np.float32)
