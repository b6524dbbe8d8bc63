"""Text in pictures, read by RapidOCR: PaddleOCR's networks (Cui et al., 2025, arXiv:2507.05595) on ONNX Runtime.

Its package carries the models. They are named to it by path: left to itself it would fetch those it misses.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorium.errors import ModelUnavailable
from sensorium.types import Box, TextLine

from .checksums import combined_checksum, file_checksum
from .lazy import Lazy

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.types import Pixels

_SURE = 0.6
"""Lines read with less confidence are more often ornaments than words."""
_DETECTED_AT = 960
"""The longer side at which lines are looked for: the detector finds large letters worse in a larger picture. Smaller
pictures are enlarged to it. The lines themselves are read from the picture as it is."""
_ENLARGED_AT_MOST = 2.0


class RapidTextReader:
    """A `TextReader` for Latin and Chinese scripts.

    The networks (31 MB) are loaded at the first picture, once in each process however many readers it makes: a worker
    gets a new one with every task. It pickles as its name alone. One thread: the workers are as many as the cores.
    """

    name = "rapidocr"
    glance_px = 480
    read_px = 1760
    """A page of A4 at 150 dots an inch."""

    @property
    def checksum(self) -> str:
        """Over the networks' own files; loads nothing. Raises `ModelUnavailable` without the package."""
        return combined_checksum(file_checksum(path) for path in _networks().values())

    def sees_text(self, picture: Pixels) -> bool:
        engine = _engine()
        with _turn:
            found = engine(_scaled(picture, self.glance_px), use_cls=False, use_rec=False)
        return found.boxes is not None

    def read(self, picture: Pixels) -> tuple[TextLine, ...]:
        engine = _engine()
        height, width = picture.shape[:2]
        with _turn:
            found = engine(_scaled(picture, self.read_px, at_least=_DETECTED_AT), use_cls=True, use_rec=True)
        if found.txts is None:
            return ()
        scale = _scale(max(width, height), self.read_px, _DETECTED_AT)
        lines = zip(found.txts, found.boxes, found.scores, strict=True)
        return tuple(
            TextLine(" ".join(text.split()), _box(corners, width * scale, height * scale), round(float(sure), 3))
            for text, corners, sure in lines
            if any(letter.isalnum() for letter in text)
        )


def rapid_mb() -> float:
    """What the networks weigh. Raises `ModelUnavailable` without the package."""
    return sum(path.stat().st_size for path in _networks().values()) / 1e6


def _scale(longer_px: int, at_most: int, at_least: int) -> float:
    """By how much to scale a picture: down to `at_most`, or up, a little, towards `at_least`."""
    return min(at_most / longer_px, max(1.0, min(at_least / longer_px, _ENLARGED_AT_MOST)))


def _scaled(picture: Pixels, at_most: int, *, at_least: int = 1) -> Pixels:
    """The picture in the size that suits the detector, and in the order of colours it was trained on: blue first."""
    import cv2
    import numpy as np

    height, width = picture.shape[:2]
    scale = _scale(max(width, height), at_most, at_least)
    if scale != 1.0:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        picture = np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)
    return np.ascontiguousarray(picture[..., ::-1])


def _box(corners: npt.NDArray[Any], width: float, height: float) -> Box:
    """The upright rectangle around four corners."""
    across, down = corners[:, 0] / width, corners[:, 1] / height
    left, right = (round(min(1.0, max(0.0, float(value))), 4) for value in (across.min(), across.max()))
    top, bottom = (round(min(1.0, max(0.0, float(value))), 4) for value in (down.min(), down.max()))
    return left, top, right, bottom


def _networks() -> dict[str, Path]:
    """The files of the detector, the recogniser, and what tells upright lines from those upside down."""
    try:
        import rapidocr
    except ImportError as error:
        raise ModelUnavailable("RapidOCR is not installed. Install it with: pip install 'sensorium[ocr]'") from error
    folder = Path(rapidocr.__file__).parent / "models"
    found = {part: sorted(folder.glob(f"*_{part}*.onnx")) for part in ("det", "rec", "cls")}
    missing = [part for part, files in found.items() if not files]
    if missing:
        raise ModelUnavailable(f"RapidOCR's models are not in {folder}. Reinstall it: pip install --force rapidocr")
    return {part: files[-1] for part, files in found.items()}


def _load() -> Any:
    networks = _networks()
    from rapidocr import RapidOCR

    settings: dict[str, Any] = {"Global.log_level": "critical", "Global.text_score": _SURE}
    settings |= {"Det.limit_type": "max", "Det.limit_side_len": _DETECTED_AT}
    settings |= {f"{part.capitalize()}.model_path": str(path) for part, path in networks.items()}
    settings |= {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    return RapidOCR(params=settings)


_engine: Lazy[Any] = Lazy(_load)
_turn = threading.Lock()  # the engine keeps the picture it works on
