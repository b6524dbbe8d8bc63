"""One picture for several readers: each conversion between an array and Pillow's image copies all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

    from sensorium.types import Pixels


def image_of(picture: Pixels | Image) -> Image:
    """A picture as Pillow's image, copied only where it is an array, uint8[h, w, 3]."""
    from PIL import Image

    return picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
