"""Reads one media file whole: what it is, its content hash, what is in it, a thumbnail. Runs in a worker process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sensorium.errors import MediaError
from sensorium.media.decoded import Decoded, Film, Limits, Picture, Subtitles
from sensorium.media.kinds import MediaType
from sensorium.media.pictures import encode_thumbnail
from sensorium.media.reader import decode
from sensorium.models.picture_view import PictureView


@dataclass(frozen=True, slots=True)
class How:
    """How files are read: pictures and stills at least `shorter_px` on the shorter side.

    With `view`, they come back as the model sees them: a fraction of the bytes to be sent, and scaled where there is
    a core for each file.
    """

    limits: Limits
    shorter_px: int
    view: PictureView | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A file, decoded. `content` is the sha256 of its bytes.

    `subtitles` are those beside it and those inside, one for each language; `unread` says why one beside it was not.
    `stored` is the file of its samples on their way between processes, see `spool`.
    """

    path: Path
    type: MediaType
    content: str
    decoded: Decoded
    subtitles: tuple[Subtitles, ...] = ()
    unread: tuple[str, ...] = ()
    stored: Path | None = None
    thumbnail: bytes | None = field(default=None, repr=False)


def read_medium(path: Path, how: How, beside: Sequence[Path] = ()) -> Reading:
    """Decode a file. Raises `MediaError`.

    `beside` are its subtitle files; one that cannot be read costs no more than itself.
    """
    media_type, decoded = decode(path, how.limits, how.shorter_px)
    found, unread = _side_files(beside) if beside else ([], [])
    inside = decoded.subtitles if isinstance(decoded, Film) else ()
    subtitles = one_of_each([*found, *inside])
    thumbnail = _thumbnail(decoded)
    if how.view is not None:
        decoded = _seen(decoded, how.view)
    return Reading(path, media_type, _sha256(path), decoded, subtitles, tuple(unread), thumbnail=thumbnail)


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


def _seen(decoded: Decoded, view: PictureView) -> Decoded:
    """A film's stills stay compressed until they are encoded: a long one has a thousand of them."""
    return replace(decoded, pixels=view.see(decoded.pixels)) if isinstance(decoded, Picture) else decoded


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
