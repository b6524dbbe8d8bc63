"""The stills that stand for a film: of every shot the sharpest, and of a shot that lasts or turns to something else,
of each part of it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from .cuts import OTHER, SAME, difference, miniature
from .decoded import Frame

if TYPE_CHECKING:
    from sensorium.types import Pixels

    from .cuts import Miniature

PART_S = 10.0
"""A longer shot is cut into parts of about this length, each with a still of its own unless it looks the same."""
_TURN_S = 2.0
"""... and no shorter than this, where the camera moves on or one scene dissolves into another."""
_SETTLE_S = 0.25
"""The first moments of a shot may still show the one before it; a still from there counts for half as sharp."""


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """A candidate: a picture of the film at a time, uint8[height, width, 3], and what it is judged by."""

    time_s: float
    pixels: Pixels
    miniature: Miniature
    sharpness: float

    @classmethod
    def of(cls, time_s: float, pixels: Pixels) -> Still:
        return cls(time_s, pixels, miniature(pixels), sharpness(pixels))


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A stretch of film and the still that was chosen for it."""

    start_s: float
    end_s: float
    picture: bytes
    miniature: Miniature


class Shots:
    """Gathers stills and cuts in order of time. Holds `capacity` chosen stills at most, compressed."""

    def __init__(self, *, capacity: int) -> None:
        self._capacity = capacity
        self._parts: list[_Part] = []
        self._start_s = 0.0
        self._settled_s = 0.0
        self._first: Miniature | None = None
        self._best: tuple[float, Still] | None = None

    def offer(self, still: Still) -> None:
        """A still of the shot that runs. Those in which nothing has been seen yet are taken whatever they look like."""
        if self._first is None:
            self._first = still.miniature
        elif self._best is not None and self._is_over(still):
            self._close(still.time_s)
            self._first = still.miniature
        worth = still.sharpness if still.time_s >= self._settled_s else still.sharpness / 2
        if self._best is None or worth > self._best[0]:
            self._best = (worth, still)

    def _is_over(self, still: Still) -> bool:
        assert self._first is not None
        lasted_s = still.time_s - self._start_s
        return lasted_s >= PART_S or (lasted_s >= _TURN_S and difference(self._first, still.miniature) >= OTHER)

    def cut(self, time_s: float) -> None:
        """A new shot begins. The one before is lost in its neighbours if no still of it was offered."""
        if self._best is not None:
            self._close(time_s)
        self._settled_s = time_s + _SETTLE_S

    def finish(self, end_s: float) -> tuple[Frame, ...]:
        """The stills, each for its span `[start_s, end_s)`; the spans follow one another without gaps."""
        if self._best is not None:
            self._close(max(end_s, self._best[1].time_s))
        self._thin(self._capacity)
        return tuple(Frame(part.start_s, part.end_s, part.picture) for part in self._parts)

    def _close(self, end_s: float) -> None:
        assert self._best is not None
        still = self._best[1]
        before = self._parts[-1] if self._parts else None
        if before is not None and difference(before.miniature, still.miniature) <= SAME:
            self._parts[-1] = _Part(before.start_s, end_s, before.picture, before.miniature)
        else:
            part = _Part(self._start_s, end_s, compressed(still.pixels), still.miniature)
            self._parts.append(part)
        self._start_s, self._first, self._best = end_s, None, None
        if len(self._parts) > 2 * self._capacity:
            self._thin(self._capacity)

    def _thin(self, count: int) -> None:
        """Of two neighbours that look most alike the shorter joins the longer, until `count` are left."""
        while len(self._parts) > count:
            drop = max(1, (len(self._parts) - count) // 2)
            steps = [difference(a.miniature, b.miniature) for a, b in zip(self._parts, self._parts[1:], strict=False)]
            self._parts = _joined(self._parts, set(np.argsort(steps, kind="stable")[:drop].tolist()))


def _joined(parts: list[_Part], places: set[int]) -> list[_Part]:
    """Parts in which each of `places` is one with its next neighbour; of three in a row the third stays alone."""
    joined: list[_Part] = []
    skip = False
    for place, part in enumerate(parts):
        if skip:
            skip = False
        elif place in places and place + 1 < len(parts):
            after = parts[place + 1]
            longer = max(part, after, key=lambda each: each.end_s - each.start_s)
            joined.append(_Part(part.start_s, after.end_s, longer.picture, longer.miniature))
            skip = True
        else:
            joined.append(part)
    return joined


def sharpness(pixels: Pixels) -> float:
    """Variance of the Laplacian of the brightness: higher is sharper.

    J. L. Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000.
    """
    grey = pixels.mean(axis=2, dtype=np.float32)
    if min(grey.shape) < 3:
        return 0.0
    middle = grey[1:-1, 1:-1]
    edges = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * middle
    return float(edges.var())


def compressed(pixels: Pixels) -> bytes:
    """A WebP file of the picture, fine enough for an encoder and small enough to hold a film's stills in memory."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", quality=88, method=2)
    return file.getvalue()
