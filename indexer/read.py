"""Reads one media file whole: what it is, its content hash, what is in it, a thumbnail. Runs in a worker process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sensorium.catalogue.drafts import Print
from sensorium.errors import MediaError
from sensorium.media.decoded import PERSONAL, Decoded, Film, Limits, Picture, Subtitles
from sensorium.media.images import image_of
from sensorium.media.kinds import MediaType
from sensorium.media.pictures import encode_thumbnail
from sensorium.media.reader import decode
from sensorium.models.picture_view import PictureView
from sensorium.types import Box

from .tiles import tiles

if TYPE_CHECKING:
    from sensorium.types import Pixels

from .known_by import print_of, still_prints, track_print
from .stamps import steadily


@dataclass(frozen=True, slots=True)
class How:
    """How files are read: pictures and stills at least `shorter_px` on the shorter side.

    With `view`, they come back as the model sees them: a fraction of the bytes to be sent, and scaled where there is
    a core for each file. `tiles` is how many parts along its shorter side a picture comes in as well; without
    `personal`, what a camera noted of places and people is left out.
    """

    limits: Limits
    shorter_px: int
    view: PictureView | None
    tiles: int = 0
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A file, decoded. `content` is the sha256 of its bytes, `stamp` what it was known by while it was read.

    `subtitles` are those beside it and those inside, one for each language; `unread` says why one beside it was not.
    `stored` is the file of its samples on their way between processes, see `spool`. `parts` are those of a picture,
    each with its place.
    `pictures` are the prints of the picture or of each of a film's stills, `track` is that of what is heard.
    """

    path: Path
    type: MediaType
    content: str
    decoded: Decoded
    subtitles: tuple[Subtitles, ...] = ()
    unread: tuple[str, ...] = ()
    stored: Path | None = None
    parts: tuple[tuple[Box, Pixels], ...] = field(default=(), repr=False)
    thumbnail: bytes | None = field(default=None, repr=False)
    pictures: tuple[Print, ...] = ()
    track: Print | None = None
    stamp: str = ""


def read_medium(path: Path, how: How, beside: Sequence[Path] = ()) -> Reading:
    """Decode a file, again where it changes meanwhile. Raises `MediaError`.

    `beside` are its subtitle files; one that cannot be read costs no more than itself.
    """
    reading, stamp = steadily(path, lambda: _read(path, how, beside))
    return replace(reading, stamp=stamp)


def _read(path: Path, how: How, beside: Sequence[Path]) -> Reading:
    media_type, decoded = decode(path, how.limits, how.shorter_px)
    if not how.personal and isinstance(decoded, Picture | Film):
        kept = {name: value for name, value in decoded.attributes.items() if name not in PERSONAL}
        decoded = replace(decoded, attributes=kept)
    found, unread = _side_files(beside) if beside else ([], [])
    inside = decoded.subtitles if isinstance(decoded, Film) else ()
    subtitles = one_of_each([*found, *inside])
    reading = Reading(path, media_type, sha256_of(path), decoded, subtitles, tuple(unread))
    if isinstance(decoded, Picture):
        return _with_picture(reading, decoded, how)
    poster, prints, track = _poster(decoded), tuple(still_prints(decoded)), track_print(decoded)
    return replace(reading, thumbnail=poster, pictures=prints, track=track)


def _with_picture(reading: Reading, picture: Picture, how: How) -> Reading:
    """What is kept of a picture is made of one image; it comes back as the model sees it."""
    image, view = image_of(picture.pixels), how.view
    return replace(
        reading,
        decoded=picture if view is None else replace(picture, pixels=view.see(image)),
        parts=tuple((box, part if view is None else view.see(part)) for box, part in tiles(picture.pixels, how.tiles)),
        thumbnail=encode_thumbnail(image),
        pictures=(print_of(image),),
    )


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


def sha256_of(path: Path) -> str:
    """Of a file's bytes. Raises `MediaError`."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror}.") from error


def _poster(decoded: Decoded) -> bytes | None:
    if isinstance(decoded, Film) and decoded.frames:
        early = decoded.frames[: len(decoded.frames) // 2 + 1]  # a poster gives no end away
        return encode_thumbnail(max(early, key=lambda frame: len(frame.picture)).pixels)  # detail takes bytes
    return None
