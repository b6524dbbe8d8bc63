"""What a camera wrote into a photo."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

_TIMES = (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized)


def orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1, upright, where there is none or it is not valid."""
    turn = _exif(image).get(ExifTags.Base.Orientation, 1)
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def camera_attributes(image: Image.Image) -> dict[str, Any]:
    """`taken_at`, in ISO 8601 and with the offset from UTC where the camera knew it, and `camera`, where known."""
    exif = _exif(image)
    if not exif:
        return {}
    details: dict[int, Any] = {}
    with suppress(Exception):  # Pillow's EXIF reader raises many kinds of error; broken EXIF must not cost the photo
        details = exif.get_ifd(ExifTags.IFD.Exif)
    attributes: dict[str, Any] = {}
    taken_at = _taken_at(details) or _iso(exif.get(ExifTags.Base.DateTime), None)
    if taken_at:
        attributes["taken_at"] = taken_at
    make, model = (_words(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    camera = model if make and model.lower().startswith(make.lower()) else f"{make} {model}".strip()
    if camera:
        attributes["camera"] = camera
    return attributes


def _exif(image: Image.Image) -> Image.Exif:
    with suppress(Exception):  # as above
        return image.getexif()
    return Image.Exif()


def _taken_at(details: dict[int, Any]) -> str | None:
    for tag in _TIMES:
        taken_at = _iso(details.get(tag), details.get(ExifTags.Base.OffsetTimeOriginal))
        if taken_at:
            return taken_at
    return None


def _iso(value: object, offset: object) -> str | None:
    text = _words(value)
    for zone in (_words(offset).replace(":", ""), ""):
        with suppress(ValueError):
            parsed = datetime.strptime(text + zone, "%Y:%m:%d %H:%M:%S%z" if zone else "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
            return parsed.isoformat()
    return None


def _words(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return " ".join(value.replace("\0", " ").split()) if isinstance(value, str) else ""
