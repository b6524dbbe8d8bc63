"""Reads one media file whole: what it is, its content hash, what is in it, a thumbnail. Runs in a worker process."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from sensorium.errors import MediaError
from sensorium.media.decoded import Decoded, Film, Limits, Picture
from sensorium.media.kinds import MediaType
from sensorium.media.pictures import encode_thumbnail
from sensorium.media.reader import decode


@dataclass(frozen=True, slots=True)
class Reading:
    """A file, decoded. `content` is the sha256 of its bytes."""

    path: Path
    type: MediaType
    content: str
    decoded: Decoded
    thumbnail: bytes | None = field(repr=False)


def read_medium(path: Path, limits: Limits, shorter_px: int) -> Reading:
    """Decode a file, pictures and frames to at least `shorter_px` on the shorter side. Raises `MediaError`."""
    media_type, decoded = decode(path, limits, shorter_px)
    return Reading(path, media_type, _sha256(path), decoded, _thumbnail(decoded))


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror}.") from error


def _thumbnail(decoded: Decoded) -> bytes | None:
    if isinstance(decoded, Picture):
        return encode_thumbnail(decoded.pixels)
    if isinstance(decoded, Film) and decoded.frames:
        return encode_thumbnail(decoded.frames[len(decoded.frames) // 4].pixels)
    return None
