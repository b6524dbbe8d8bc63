"""Where a film cuts from one shot to the next, told from miniatures of its frames.

The rule is that of B.-L. Yeo and B. Liu, "Rapid scene analysis on compressed video", IEEE Transactions on Circuits and
Systems for Video Technology 5 (6), 1995: between two frames there is a cut where their difference is the greatest in a
window around it, and several times the second greatest. A moving camera makes many differences that are alike, a flash
makes two; both are no cuts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.types import Pixels

    Miniature = npt.NDArray[np.float32]

SIDE = 16
SAME = 3.0
"""Difference up to which two stills count as one."""
CHANGED = 6.0
"""Difference of two key frames from which the frames between them are worth a look."""
OTHER = 30.0
"""Difference from which two stills of one shot are worth showing both: the camera has moved on, or one scene has
dissolved into another."""
_LEAST = 8.0  # below, it is noise or a flicker of light
_TIMES = 2.5  # the second greatest difference in the window
_AROUND_S = 0.4


def miniature(pixels: Pixels) -> Miniature:
    """Means over a grid: float32[16, 16, 3]. In colour: a cut between equally bright scenes is a cut as well."""
    height, width = pixels.shape[:2]
    rows = np.linspace(0, height, min(SIDE, height), endpoint=False).astype(int)
    columns = np.linspace(0, width, min(SIDE, width), endpoint=False).astype(int)
    sums = np.add.reduceat(np.add.reduceat(pixels, rows, axis=0, dtype=np.float32), columns, axis=1)
    heights, widths = np.diff([*rows, height]), np.diff([*columns, width])
    means: Miniature = sums / (heights[:, None, None] * widths[None, :, None])
    return means.astype(np.float32)


def difference(one: Miniature, other: Miniature) -> float:
    """Mean absolute difference, of 255."""
    return float(np.abs(one - other).mean())


def find_cuts(times: Sequence[float], miniatures: Sequence[Miniature]) -> list[int]:
    """Places in the sequence, rising, at which a new shot begins. `times` are in seconds and rise."""
    if len(times) < 2:
        return []
    steps = np.abs(np.diff(np.asarray(miniatures, np.float32), axis=0)).mean(axis=(1, 2, 3))
    at = np.asarray(times)[1:]
    return [place + 1 for place in np.flatnonzero(steps >= _LEAST).tolist() if _stands_out(place, at, steps)]


def _stands_out(place: int, at: npt.NDArray[np.float64], steps: npt.NDArray[np.float32]) -> bool:
    first, end = np.searchsorted(at, (at[place] - _AROUND_S, at[place] + _AROUND_S))
    others = np.delete(steps[first:end], place - first)
    return not len(others) or bool(steps[place] >= _TIMES * others.max())
