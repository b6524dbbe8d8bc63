"""Pictures for benchmarks, as heavy to decode as photos are: detail at every scale, and a camera's noise."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

QUALITY = 90
DISTINCT = 4
"""So many are drawn, which takes seconds at twelve megapixels; the others are copies with another comment inside, which
are other files to an indexer, and decoded and encoded like any."""


def draw_pictures(folder: Path, count: int, size: tuple[int, int]) -> list[Path]:
    """`count` JPEG files of `size` (width, height), no two of one content."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    drawn = [_draw(random, size) for _ in range(min(DISTINCT, count))]
    paths = []
    for number in range(count):
        comment = f"{number:08}".encode() + bytes(number % 4093)  # of many sizes, as photos are
        marker = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
        picture = drawn[number % len(drawn)]
        paths.append(folder / f"{number:06}.jpg")
        paths[-1].write_bytes(picture[:2] + marker + picture[2:])
    return paths


def _draw(random: np.random.Generator, size: tuple[int, int]) -> bytes:
    """A JPEG whose amplitude falls as 1 / frequency, as in photos (Field, 1987), with grain over all."""
    width, height = size
    light = np.zeros((height, width), np.float32)
    scale = 1
    while scale < min(size):
        noise = random.standard_normal((height // scale + 2, width // scale + 2), np.float32) * scale**0.3
        light += np.asarray(Image.fromarray(noise).resize(size, Image.Resampling.BILINEAR))
        scale *= 2
    colour = random.standard_normal((9, 12, 3)).astype(np.float32) * 30
    light = light / light.std() * 45 + 125
    planes = [np.asarray(Image.fromarray(colour[..., c]).resize(size, Image.Resampling.BILINEAR)) for c in range(3)]
    pixels = np.stack([light + plane for plane in planes], axis=-1).clip(0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()
