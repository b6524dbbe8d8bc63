"""Animated GIFs as films. Pillow composes their frames and knows their transparency; FFmpeg paints it black."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from .decoded import Film
from .opening import check_duration, check_file
from .pictures import on_white, opened_picture, scaled_size
from .shots import Shots, Still

if TYPE_CHECKING:
    from .decoded import Limits

_FILTER = Image.Resampling.BICUBIC
_UNSET_S = 0.1
"""What browsers make of a frame that is to be shown for 0 or 10 ms."""


def decode_animation(path: Path, limits: Limits, *, shorter_px: int, max_frames: int) -> Film:
    """The animation as a film without sound, transparency on white. Raises `MediaError` as `decode_film` does.

    Its frames are drawn, not shot, so that each is a shot of its own unless it looks like the one before.
    """
    check_file(path, max_bytes=limits.max_bytes)
    shots = Shots(capacity=max_frames)
    end_s = 0.0
    with opened_picture(path, limits) as image:
        width, height = image.size
        size = scaled_size(width, height, shorter_px)
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            shots.cut(end_s)
            shots.offer(Still.of(end_s, np.asarray(on_white(image.copy()).convert("RGB").resize(size, _FILTER))))
            end_s += _shown_s(image)
            check_duration(path, end_s, limits.max_duration_s)
    return Film(shots.finish(end_s), None, width, height, end_s)


def _shown_s(image: Image.Image) -> float:
    shown_ms = image.info.get("duration", 0)
    return float(shown_ms) / 1000 if shown_ms > 10 else _UNSET_S
