"""What queries and the indexer read media with."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sensorium.errors import MediaError, UnsupportedMedia

from .decoded import Decoded, Document, Film, Limits, Picture, Sound
from .documents import read_document
from .kinds import MediaType, sniff
from .opening import check_file
from .stills import Place
from .workers import DecodePool

if TYPE_CHECKING:
    from sensorium.settings import Settings
    from sensorium.types import Pixels

T = TypeVar("T")


class MediaReader:
    """Reads untrusted files in worker processes, within the limits of the settings.

    Every method raises `MediaError` only, and so do the futures. Workers start with the first file; `close` ends
    them. May be used from many threads. `pool` may be asked to do other work of untrusted outcome, at most `workers`
    things at a time and each for no longer than `timeout_s`.
    """

    def __init__(self, settings: Settings) -> None:
        self.workers = settings.workers
        self.timeout_s = float(settings.decode_timeout_s)
        self.pool = DecodePool(workers=settings.workers)
        self._limits = Limits.from_settings(settings)

    def picture(self, path: Path, *, shorter_px: int) -> Picture:
        """The picture, as `decode_picture` gives it."""
        return self._run(_picture, path, self._limits, shorter_px)

    def sound(self, path: Path) -> Sound:
        """The sound, as `decode_sound` gives it."""
        return self._run(_sound, path, self._limits)

    def film(self, path: Path, *, shorter_px: int) -> Film:
        """The film, as `decode_film` gives it."""
        return self._run(_film, path, self._limits, shorter_px)

    def still(self, path: Path, start_s: float, end_s: float | None, *, longer_px: int) -> Pixels:
        """The frame in the middle of a span of a film, as `draw_frames` gives it."""
        return self._run(_still, path, self._limits, Place(start_s, end_s), longer_px)

    def document(self, path: Path) -> Document:
        """The document, as `read_document` gives it."""
        return self._run(read_document, path, self._limits)

    def submit(self, path: Path, *, shorter_px: int) -> Future[Decoded]:
        """Whatever the file is, decoded. Product feeds are not; see `read_feed`."""
        return self.pool.submit(_decoded, path, self._limits, shorter_px, timeout_s=self.timeout_s)

    def close(self) -> None:
        """End the workers at once. Files still being read fail."""
        self.pool.close()

    def _run(self, function: Callable[..., T], *args: Any) -> T:
        return self.pool.submit(function, *args, timeout_s=self.timeout_s).result()


def decode(path: Path, limits: Limits, shorter_px: int) -> tuple[MediaType, Decoded]:
    """What the file is, and it decoded, in this process. Raises `MediaError`, for product feeds too."""
    check_file(path, max_bytes=limits.max_bytes)
    media_type = sniff(path)
    if media_type.form == "picture":
        return media_type, _picture(path, limits, shorter_px)
    if media_type.form == "sound":
        return media_type, _sound(path, limits)
    if media_type.form == "film":
        return media_type, _film(path, limits, shorter_px)
    if media_type.form == "document":
        return media_type, read_document(path, limits)
    raise UnsupportedMedia(f"{path} is a product feed, a list of items; one picture, sound, film or document is read.")


# Run in the workers. Their imports stand inside, so that the parent need not load what only workers use.


def _decoded(path: Path, limits: Limits, shorter_px: int) -> Decoded:
    return decode(path, limits, shorter_px)[1]


def _picture(path: Path, limits: Limits, shorter_px: int) -> Picture:
    from .pictures import decode_picture

    return decode_picture(path, limits, shorter_px=shorter_px)


def _sound(path: Path, limits: Limits) -> Sound:
    from .sounds import decode_sound

    return decode_sound(path, limits)


def _film(path: Path, limits: Limits, shorter_px: int) -> Film:
    from .films import decode_film

    return decode_film(path, limits, shorter_px=shorter_px)


def _still(path: Path, limits: Limits, place: Place, longer_px: int) -> Pixels:
    from .stills import draw_frames

    drawn = next(draw_frames(path, limits, [place], longer_px), None)
    if drawn is None:
        raise MediaError(f"{path} shows nothing that can be decoded at {place.start_s:g} s.")
    return drawn[1]
