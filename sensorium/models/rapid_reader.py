"""Text in pictures, read by RapidOCR: PaddleOCR's networks (Cui et al., 2025, arXiv:2507.05595) on ONNX Runtime.

Its package carries the models. They are named to it by path: left to itself it would fetch those it misses.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorium.errors import ModelUnavailable
from sensorium.types import Box, TextLine

from .checksums import combined_checksum, file_checksum
from .lazy import Lazy

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.types import Pixels

    Corners = npt.NDArray[Any]

_SURE = 0.6
"""Lines read with less confidence are more often ornaments than words."""
_GLANCES, _GLIMPSED = 3, 0.3
"""A glance reads so many lines of a small picture, and believes in text where one is so sure."""
_DOUBTFUL = 0.8
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
        """Whether one of the surest lines can be made out a little.

        The detector alone fires at leaves and railings: on photos without text twice in five, and then one in eight.
        """
        small = _scaled(picture, self.glance_px)
        with _turn:
            surest = sorted(_detected(small), key=lambda found: -found[1])[:_GLANCES]
            read = _recognised(small, [corners for corners, _ in surest])
        return any(_letters(text) >= 2 and sure >= _GLIMPSED for text, sure in read)

    def read(self, picture: Pixels) -> tuple[TextLine, ...]:
        large = _scaled(picture, self.read_px, at_least=_DETECTED_AT)
        height, width = large.shape[:2]
        with _turn:
            places = [corners for corners, _ in _detected(large)]
            read = _recognised(large, places)
        return tuple(
            TextLine(" ".join(text.split()), _box(corners, width, height), round(sure, 3))
            for corners, (text, sure) in zip(places, read, strict=True)
            if sure >= _SURE and _letters(text)
        )


def _detected(picture: Pixels) -> list[tuple[Corners, float]]:
    """The corners of each line, float[4, 2] in pixels, and how sure the detector is of it; in reading order."""
    found = _engine()(picture, use_cls=False, use_rec=False)
    return [] if found.boxes is None else [(c, float(s)) for c, s in zip(found.boxes, found.scores, strict=True)]


def _recognised(picture: Pixels, places: Sequence[Corners]) -> list[tuple[str, float]]:
    """The text of each line, and how sure the recogniser is of it. Doubtful lines are tried upside down as well.

    RapidOCR's own network for that turns some upright lines over; two of thirty on a clean page.
    """
    if not places:
        return []
    engine = _engine()
    crops = engine.crop_text_regions(picture, places)
    read = _texts(engine, crops)
    doubtful = [number for number, (_, sure) in enumerate(read) if sure < _DOUBTFUL]
    turned = _texts(engine, [crops[number][::-1, ::-1].copy() for number in doubtful])
    for number, other in zip(doubtful, turned, strict=True):
        read[number] = max(read[number], other, key=lambda pair: pair[1])
    return read


def _texts(engine: Any, crops: Sequence[Any]) -> list[tuple[str, float]]:
    if not crops:
        return []
    found = engine.recognize_txt(list(crops))
    return [(text, float(sure)) for text, sure in zip(found.txts, found.scores, strict=True)]


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


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


def _box(corners: Corners, width: int, height: int) -> Box:
    """The upright rectangle around four corners."""
    across, down = corners[:, 0] / width, corners[:, 1] / height
    left, right = (round(min(1.0, max(0.0, float(value))), 4) for value in (across.min(), across.max()))
    top, bottom = (round(min(1.0, max(0.0, float(value))), 4) for value in (down.min(), down.max()))
    return left, top, right, bottom


def _networks() -> dict[str, Path]:
    """The files of the detector and the recogniser."""
    try:
        import rapidocr
    except ImportError as error:
        raise ModelUnavailable("RapidOCR is not installed. Install it with: pip install 'sensorium[ocr]'") from error
    folder = Path(rapidocr.__file__).parent / "models"
    found = {part: sorted(folder.glob(f"*_{part}*.onnx")) for part in ("det", "rec")}
    missing = [part for part, files in found.items() if not files]
    if missing:
        raise ModelUnavailable(f"RapidOCR's models are not in {folder}. Reinstall it: pip install --force rapidocr")
    return {part: files[-1] for part, files in found.items()}


def _load() -> Any:
    networks = _networks()
    from rapidocr import RapidOCR

    settings: dict[str, Any] = {"Global.log_level": "critical"}
    settings |= {"Det.limit_type": "max", "Det.limit_side_len": _DETECTED_AT}
    settings |= {f"{part.capitalize()}.model_path": str(path) for part, path in networks.items()}
    settings |= {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    return RapidOCR(params=settings)


_engine: Lazy[Any] = Lazy(_load)
_turn = threading.Lock()  # the engine keeps the picture it works on
