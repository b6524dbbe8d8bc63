"""What there is to index: files below folders, files named one by one, and the rows of product feeds."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sensorium.catalogue.drafts import Failure
from sensorium.errors import MediaError
from sensorium.library import DATABASE
from sensorium.media.decoded import BadRow, Product
from sensorium.media.feeds import read_feed
from sensorium.media.kinds import SUFFIXES, WITH_SUBTITLES
from sensorium.media.side_files import SUBTITLE_FORMATS, side_files

FEED_SUFFIXES = frozenset((".jsonl", ".csv", ".parquet"))


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that becomes one item. `uri` is its identity; `product` is set for a row of a feed.

    `beside` are the subtitle files of a film or recording.
    """

    uri: str
    path: Path
    fingerprint: str
    product: Product | None = None
    beside: tuple[Path, ...] = ()

    def files(self) -> list[str]:
        """What may have failed of it: itself, and the media of a product."""
        return [self.uri, *(str(path) for path in (self.product.media if self.product else ()))]


@dataclass(slots=True)
class Scan:
    """What a scan found. `uris` holds everything that is there, readable or not; `notes` are for the user.

    `subtitles` are the names of such files in each folder that was looked at for them.
    """

    units: list[Unit] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    uris: set[str] = field(default_factory=set)
    folders: list[Path] = field(default_factory=list)
    unlisted: list[Path] = field(default_factory=list)
    feeds: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    subtitles: dict[Path, list[str]] = field(default_factory=dict)

    def add(self, unit: Unit) -> None:
        if unit.uri not in self.uris:
            self.uris.add(unit.uri)
            self.units.append(unit)

    def fail(self, uri: str, path: Path, reason: str, fingerprint: str = "") -> None:
        self.uris.add(uri)
        self.failures.append(Failure(uri, path, fingerprint, reason))

    def vanished(self, known: Iterable[tuple[str, str]]) -> list[str]:
        """Those of the known (uri, path) that lie where the scan looked and are not there any more."""
        return [uri for uri, path in known if uri not in self.uris and self._covers(uri, Path(path))]

    def _covers(self, uri: str, path: Path) -> bool:
        if uri != str(path):  # a row of a feed
            return path in self.feeds
        if any(folder in path.parents for folder in self.unlisted):  # nobody knows what is there now
            return False
        return path in self.feeds or any(folder in path.parents for folder in self.folders)


def scan(paths: Iterable[Path], product_media: frozenset[str] = frozenset()) -> Scan:
    """Look at `paths`: folders are walked, feeds among the named files are read row by row.

    A feed is read only when it is named: a folder's own `.csv` and `.jsonl` files are seldom shops. Pictures that
    belong to a product, of these feeds or (`product_media`) of the library, are not items of their own.
    """
    result = Scan()
    absolute = [path.resolve() for path in paths]
    feeds = [path for path in absolute if path.is_file() and path.suffix.lower() in FEED_SUFFIXES]
    for feed in feeds:
        _scan_feed(feed, result)
    owned = product_media | {str(path) for unit in result.units if unit.product for path in unit.product.media}
    result.uris.update(owned)
    for path in absolute:
        if path.is_dir():
            result.folders.append(path)
            for file in _walk(path, result):
                _scan_file(file, result)
        elif path not in feeds:
            _scan_file(path, result)
    return result


def _scan_feed(feed: Path, result: Scan) -> None:
    result.feeds.append(feed)
    try:
        for row in read_feed(feed):
            if isinstance(row, BadRow):
                result.fail(f"{feed}#row {row.number}", feed, f"row {row.number}: {row.reason}")
            else:
                result.add(Unit(f"{feed}#{row.key}", feed, _fingerprint_of_product(row), row))
    except MediaError as error:
        result.fail(str(feed), feed, str(error))


def _fingerprint_of_product(product: Product) -> str:
    """Changes with the row and with its pictures' files."""
    media = [f"{path}={_fingerprint(path)}" for path in product.media]
    row = [product.title, product.description, product.price, product.category, dict(product.attributes), media]
    return hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest()


def _fingerprint(path: Path) -> str:
    """Size and time of change: what tells without reading whether a file is still the same."""
    try:
        found = path.stat()
    except OSError:
        return "missing"
    return f"{found.st_size}:{found.st_mtime_ns}"


def _walk(folder: Path, result: Scan) -> Iterator[Path]:
    """Files of known kinds below a folder, in order of their names. Hidden ones and linked folders are left out."""
    left_out = 0

    def unreadable(error: OSError) -> None:
        result.unlisted.append(Path(error.filename))
        result.fail(str(error.filename), Path(error.filename), f"cannot be listed: {error.strerror}")

    for parent, folders, names in os.walk(folder, onerror=unreadable):
        if DATABASE in names:  # a library, perhaps this very one: its thumbnails are no pictures of anybody's
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            suffix = Path(name).suffix.lower()
            if name.startswith("."):
                continue
            if suffix in FEED_SUFFIXES:
                result.notes.append(f"{Path(parent, name)} was left out; if it is a product feed, name it.")
            elif suffix in SUFFIXES:
                yield Path(parent, name)
            elif suffix not in SUBTITLE_FORMATS:
                left_out += 1
    if left_out:
        result.notes.append(f"{left_out} files of other kinds in {folder} were left out.")


def _scan_file(path: Path, result: Scan) -> None:
    uri = str(path)
    try:
        uri.encode()
    except UnicodeEncodeError:
        readable = os.fsencode(uri).decode(errors="replace")
        result.fail(readable, Path(readable), "its name is not valid UTF-8; rename it.")
        return
    beside = _subtitles_of(path, result) if path.suffix.lower() in WITH_SUBTITLES else ()
    fingerprint = "+".join([_fingerprint(path), *(f"{side.name}={_fingerprint(side)}" for side in beside)])
    result.add(Unit(uri, path, fingerprint, beside=beside))


def _subtitles_of(path: Path, result: Scan) -> tuple[Path, ...]:
    folder = path.parent
    if folder not in result.subtitles:
        try:
            names = os.listdir(folder)  # noqa: PTH208  # names alone, of folders with any number of files
        except OSError:
            names = []
        result.subtitles[folder] = [name for name in names if Path(name).suffix.lower() in SUBTITLE_FORMATS]
    return side_files(path, result.subtitles[folder])
