"""Reads one media file whole: what it is, its content hash, what is in it, a thumbnail. Runs in a worker process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sensorium.errors import MediaError
from sensorium.media.decoded import Decoded, Film, Limits, Picture, Subtitles
from sensorium.media.kinds import MediaType
from sensorium.media.pictures import encode_thumbnail
from sensorium.media.reader import decode


@dataclass(frozen=True, slots=True)
class Reading:
    """A file, decoded. `content` is the sha256 of its bytes.

    `subtitles` are those beside it and those inside, one for each language; `unread` says why one beside it was not.
    """

    path: Path
    type: MediaType
    content: str
    decoded: Decoded
    subtitles: tuple[Subtitles, ...] = ()
    unread: tuple[str, ...] = ()
    thumbnail: bytes | None = field(default=None, repr=False)


def read_medium(path: Path, limits: Limits, shorter_px: int, beside: Sequence[Path] = ()) -> Reading:
    """Decode a file, pictures and frames to at least `shorter_px` on the shorter side. Raises `MediaError`.

    `beside` are its subtitle files; one that cannot be read costs no more than itself.
    """
    media_type, decoded = decode(path, limits, shorter_px)
    found, unread = _side_files(beside) if beside else ([], [])
    inside = decoded.subtitles if isinstance(decoded, Film) else ()
    subtitles = one_of_each([*found, *inside])
    return Reading(path, media_type, _sha256(path), decoded, subtitles, tuple(unread), _thumbnail(decoded))


def one_of_each(found: Iterable[Subtitles]) -> tuple[Subtitles, ...]:
    """Of each language the first that says anything."""
    chosen: dict[str, Subtitles] = {}
    for each in found:
        if each.utterances:
            chosen.setdefault(each.language, each)
    return tuple(chosen.values())


def _side_files(paths: Iterable[Path]) -> tuple[list[Subtitles], list[str]]:
    from sensorium.media.subtitles import read_side_file  # needs PyAV, which only films and sounds load

    found, unread = [], []
    for path in paths:
        try:
            found.append(read_side_file(path))
        except MediaError as error:
            unread.append(str(error))
    return found, unread


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
        early = decoded.frames[: len(decoded.frames) // 2 + 1]  # a poster gives no end away
        return encode_thumbnail(max(early, key=lambda frame: len(frame.picture)).pixels)  # detail takes bytes
    return None
