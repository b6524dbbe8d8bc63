"""What a camera wrote into a photo, in EXIF (CIPA DC-008)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

_TIMES = (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized)
_AUTHORS = (ExifTags.Base.Artist, ExifTags.Base.XPAuthor)


def orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1, upright, where there is none or it is not valid."""
    turn = _exif(image).get(ExifTags.Base.Orientation, 1)
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def camera_attributes(image: Image.Image) -> dict[str, Any]:
    """What is known of a photo: `date`, in ISO 8601 and with the offset from UTC where the camera knew it, `camera`,
    `place` (`lat` and `lon` in degrees, north and east being positive), `author` and `owner`.
    """
    exif = _exif(image)
    if not exif:
        return {}
    details = _ifd(exif, ExifTags.IFD.Exif)
    found = {
        "date": _taken_at(details) or _iso(exif.get(ExifTags.Base.DateTime), None),
        "camera": _camera(exif),
        "place": _place(_ifd(exif, ExifTags.IFD.GPSInfo)),
        "author": next(filter(None, (_words(exif.get(tag)) for tag in _AUTHORS)), ""),
        "owner": _words(details.get(ExifTags.Base.CameraOwnerName)),
    }
    return {name: value for name, value in found.items() if value}


def _exif(image: Image.Image) -> Image.Exif:
    with suppress(Exception):  # Pillow's EXIF reader raises many kinds of error; broken EXIF must not cost the photo
        return image.getexif()
    return Image.Exif()


def _ifd(exif: Image.Exif, which: ExifTags.IFD) -> dict[int, Any]:
    with suppress(Exception):  # as above
        return exif.get_ifd(which)
    return {}


def _camera(exif: Image.Exif) -> str:
    make, model = (_words(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    return model if make and model.lower().startswith(make.lower()) else f"{make} {model}".strip()


def _taken_at(details: dict[int, Any]) -> str | None:
    for tag in _TIMES:
        taken_at = _iso(details.get(tag), details.get(ExifTags.Base.OffsetTimeOriginal))
        if taken_at:
            return taken_at
    return None


def _place(gps: dict[int, Any]) -> dict[str, float] | None:
    """Where the photo was taken; None for what is no place on Earth, and for 0, 0, which stands for no signal."""
    lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), _words(gps.get(ExifTags.GPS.GPSLatitudeRef)) == "S")
    lon = _degrees(gps.get(ExifTags.GPS.GPSLongitude), _words(gps.get(ExifTags.GPS.GPSLongitudeRef)) == "W")
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180 or (lat, lon) == (0.0, 0.0):
        return None
    return {"lat": lat, "lon": lon}


def _degrees(parts: object, negative: bool) -> float | None:
    """Degrees of degrees, minutes and seconds, to a tenth of a metre."""
    with suppress(TypeError, ValueError, ZeroDivisionError, OverflowError):
        degrees, minutes, seconds = (float(part) for part in parts)  # type: ignore[attr-defined]  # or it is suppressed
        total = degrees + minutes / 60 + seconds / 3600
        if total == total:  # zero divided by zero is no number
            return round(-total if negative else total, 6)
    return None


def _iso(value: object, offset: object) -> str | None:
    text = _words(value)
    for zone in (_words(offset).replace(":", ""), ""):
        with suppress(ValueError):
            parsed = datetime.strptime(text + zone, "%Y:%m:%d %H:%M:%S%z" if zone else "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
            return parsed.isoformat()
    return None


def _words(value: object) -> str:
    """Text in one line. Windows writes the tags whose names begin with XP in UTF-16."""
    if isinstance(value, tuple) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in value):
        value = bytes(value)
    if isinstance(value, bytes):
        value = value.decode("utf-16-le" if value[1:2] == b"\0" else "utf-8", "replace")
    return " ".join(value.replace("\0", " ").split()) if isinstance(value, str) else ""
