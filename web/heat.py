"""Heat maps as pictures: to be laid over one, or laid over it already."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from sensorium.search.heat import HeatMap
    from sensorium.types import Matrix

LONGER_PX = 480
COLOUR = (255, 72, 0)
STRONGEST = 0.75
"""Opacity of the colour where the heat is 1."""


def overlay_png(heat_map: HeatMap) -> bytes:
    """One colour, the more opaque the hotter, of the picture's own shape: a PNG with transparency."""
    size = _size(heat_map)
    alpha = (_enlarged(heat_map.heat, size) * (255 * STRONGEST)).round().astype(np.uint8)
    pixels = np.empty((*alpha.shape, 4), np.uint8)
    pixels[..., :3], pixels[..., 3] = COLOUR, alpha
    return _written(Image.fromarray(pixels), "PNG")


def heated_jpeg(heat_map: HeatMap) -> bytes:
    """The picture with the colour over it: a JPEG."""
    size = _size(heat_map)
    heat = _enlarged(heat_map.heat, size)[..., None] * STRONGEST
    picture = Image.fromarray(heat_map.picture).resize(size, Image.Resampling.LANCZOS)
    pixels = np.asarray(picture, np.float32) * (1 - heat) + np.array(COLOUR, np.float32) * heat
    return _written(Image.fromarray(pixels.round().astype(np.uint8)), "JPEG")


def _size(heat_map: HeatMap) -> tuple[int, int]:
    height, width = heat_map.picture.shape[:2]
    scale = min(1.0, LONGER_PX / max(height, width))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _enlarged(heat: Matrix, size: tuple[int, int]) -> Matrix:
    """float32[height, width], 0…1."""
    grid = Image.fromarray(np.ascontiguousarray(heat, np.float32))
    enlarged: Matrix = np.clip(np.asarray(grid.resize(size, Image.Resampling.BICUBIC), np.float32), 0.0, 1.0)
    return enlarged


def _written(image: Image.Image, form: str) -> bytes:
    file = io.BytesIO()
    image.save(file, form)
    return file.getvalue()
