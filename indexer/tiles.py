"""Overlapping parts of a picture, each with a vector of its own: small things are large in one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sensorium.types import Box

if TYPE_CHECKING:
    from sensorium.types import Pixels

_OVERLAP = 0.25
"""The share of a part that lies in its neighbour as well: what a border cuts through is whole beside it."""
_LONGEST = 3
"""A panorama has at most this many times as many parts along its longer side as along its shorter."""


def tiles(picture: Pixels, across: int) -> Iterator[tuple[Box, Pixels]]:
    """Nearly square parts, `across` of them along the shorter side, row by row; none for fewer than two."""
    if across < 2:
        return
    height, width = picture.shape[:2]
    longer = min(max(across, round(across * max(width, height) / min(width, height))), _LONGEST * across)
    rows, columns = (longer, across) if height > width else (across, longer)
    for top, bottom in _spans(rows):
        for left, right in _spans(columns):
            lines = slice(int(top * height), max(int(bottom * height), int(top * height) + 1))
            dots = slice(int(left * width), max(int(right * width), int(left * width) + 1))
            yield (left, top, right, bottom), picture[lines, dots]


def tile_share(across: int) -> float:
    """The share of a picture's side that one of `across` overlapping parts covers."""
    return 1 / (across - (across - 1) * _OVERLAP)


def _spans(count: int) -> list[tuple[float, float]]:
    share = tile_share(count)
    starts = [number * share * (1 - _OVERLAP) for number in range(count)]
    return [(round(start, 4), round(min(1.0, start + share), 4)) for start in starts]
