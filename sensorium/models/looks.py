"""Pictures whose encoder writes them twice in one pass: beside their words, and by what they look like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sensorium.types import Space

from .protocols import LookEncoder, PictureEncoder

if TYPE_CHECKING:
    from sensorium.types import Matrix, Pixels


def picture_spaces(encoder: PictureEncoder) -> tuple[Space, ...]:
    """The spaces that the encoder writes pictures into: the one it shares with words first."""
    return (encoder.space, encoder.look_space) if isinstance(encoder, LookEncoder) else (encoder.space,)


def encode_whole(encoder: PictureEncoder, pictures: Sequence[Pixels]) -> Matrix:
    """float32[n, d], d being the sum of the dimensions of `picture_spaces`: a picture's vectors side by side."""
    if isinstance(encoder, LookEncoder):
        return encoder.encode_with_looks(pictures)
    return encoder.encode_pictures(pictures)


def by_space(rows: Matrix, spaces: Sequence[Space]) -> list[tuple[Space, Matrix]]:
    """What `encode_whole` gave, space by space: float32[n, space.dimension] each."""
    found, first = [], 0
    for space in spaces:
        found.append((space, rows[:, first : first + space.dimension].copy()))
        first += space.dimension
    return found
