"""What there is to index: files below folders, files named one by one, and the rows of product feeds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sensorium.catalogue.drafts import Failure, picture_uri
from sensorium.errors import MediaError
from sensorium.media.decoded import BadRow, Deletion, Product
from sensorium.media.feeds import read_changes, read_feed
from sensorium.media.kinds import WITH_SUBTITLES
from sensorium.media.side_files import SUBTITLE_FORMATS, side_files

from .link import Link, LinkedPicture
from .products import addressed, fingerprint_of
from .rules import Rules
from .seen import Seen
from .stamps import stamp, status_of
from .url_list import LIST_SUFFIXES, BadLine, read_list
from .walk import FEED_SUFFIXES, Walk

_NAMED = 5
"""Files that may be feeds are named one by one up to so many: some folders are full of XML."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that becomes one item. `uri` is its identity; `product` is set for a row of a feed.

    `beside` are the subtitle files of a film or recording. `content` is its sha256 where that is known already;
    `twin` says that something of its size is, so that it is worth finding out before it is decoded. `link` is set for
    an address in a list, `path` is the list then. `pictures` are those that a product names by their addresses, once it
    is to be read.
    """

    uri: str
    path: Path
    fingerprint: str
    product: Product | None = None
    beside: tuple[Path, ...] = ()
    content: str = ""
    twin: bool = False
    link: Link | None = None
    pictures: tuple[LinkedPicture, ...] = ()

    @property
    def file(self) -> Path:
        """What is read."""
        return self.link.file if self.link is not None and self.link.file is not None else self.path

    @property
    def called(self) -> Path:
        """What its title and the words of its name are taken from."""
        return Path(self.link.name) if self.link is not None and self.link.name else self.path

    def files(self) -> list[str]:
        """What may have failed of it: itself, and the media of a product."""
        if self.product is None:
            return [self.uri]
        links = (picture_uri(self.uri, url) for url in self.product.links)
        return [self.uri, *map(str, self.product.media), *links]


@dataclass(frozen=True, slots=True)
class FeedChanges:
    """A file of rows that change a feed: those in it are added or replaced, or removed where they say so (a column
    `deleted`); all others stay."""

    file: Path
    feed: Path


@dataclass(frozen=True, slots=True)
class Within:
    """A file or folder below a folder that was named, or where one was: what the rules leave out there is left out."""

    path: Path
    root: Path


Source = Path | FeedChanges | Within
"""What one may ask to be indexed: a folder, a file, a product feed, changes of a feed, a part of a folder."""
ReadFeed = Callable[[Path], Iterator[Product | Deletion | BadRow]]


class Scan:
    """Looks at sources: folders are walked, feeds and lists of URLs among the named files are read row by row.

    A feed is read only when it is named: a folder's own `.csv` and `.jsonl` files are seldom shops. So is a list, and
    only where something `fetches`: what it named before stays in the library otherwise. Pictures that
    belong to a product, of these feeds or (`owned`) of the library, are not items of their own. Everything else is
    known once `units` has come to its end.
    """

    def __init__(
        self, sources: Iterable[Source], rules: Rules | None = None, *, owned: Iterable[str] = (), fetches: bool = False
    ) -> None:
        sources = list(sources)
        self.fetches = fetches
        self._not_fetched: dict[Path, int] = {}
        self._changes = [source for source in sources if isinstance(source, FeedChanges)]
        named = [source.resolve() for source in sources if isinstance(source, Path)]
        self._gone = {path for path in named if not path.exists() and not path.is_symlink()}
        self._feeds = [path for path in named if path.is_file() and path.suffix.lower() in FEED_SUFFIXES]
        lists = [path for path in named if path.is_file() and path.suffix.lower() in LIST_SUFFIXES]
        self._lists, self._unasked = (lists, []) if fetches else ([], lists)
        self._folders = [path for path in named if path.is_dir()]
        apart = {*self._gone, *self._feeds, *lists, *self._folders}
        self._files = [path for path in named if path not in apart]
        self._walk = Walk(rules or Rules(), self._not_listed)
        self._parts: list[Within] = []
        for part in (source for source in sources if isinstance(source, Within)):
            self._add_part(part)
        self._unlisted: list[Path] = []
        self._subtitles: dict[str, list[str]] = {}
        self.seen = Seen(owned)
        self.failures: list[Failure] = []
        self.deleted: list[str] = []

    def units(self) -> Iterator[Unit]:
        """Everything that could be an item, each once."""
        for feed in self._feeds:
            yield from self._rows(feed, feed, read_feed)
        for change in self._changes:
            yield from self._rows(change.file, change.feed.resolve(), read_changes)
        for listed in tuple(self._lists):
            yield from self._addresses(listed)
        for named in self._files:
            yield from self._file(str(named), status_of(named))
        for folder in self._folders:
            for path, status in self._walk.files(folder):
                yield from self._file(path, status)
        for part in self._parts:
            for path, status in self._walk.files(part.path, part.root):
                yield from self._file(path, status)

    def _add_part(self, part: Within) -> None:
        """Everything at its path or below counts as gone that is not found there under the rules."""
        self._gone.add(part.path)
        if self._walk.admits(part.path, part.root):
            if part.path.is_dir():
                self._parts.append(part)
            elif part.path.exists():
                self._files.append(part.path)

    def covers(self, uri: str, path: str) -> bool:
        """Whether the scan would have come across something, had it still been there."""
        place = Path(path)
        if uri != path:  # a row of a feed, a line of a list
            return place in self._feeds or place in self._lists or place in self._gone
        if any(folder in place.parents for folder in self._unlisted):  # nobody knows what is there now
            return False
        inside = any(folder in place.parents for folder in (*self._folders, *self._gone))
        return inside or place in self._feeds or place in self._lists or place in self._gone

    def notes(self) -> list[str]:
        """What was passed by, for the user to know."""
        left_out = self._walk.left_out
        named = {str(path) for path in (*self._feeds, *self._lists, *self._unasked)}
        passed_by = [path for path in left_out.feeds if path not in named]
        notes = [f"{path} was left out; if it is a product feed or a list of URLs, name it." for path in passed_by]
        if len(notes) > _NAMED:
            notes[_NAMED:] = [f"{len(notes) - _NAMED} more such files were left out."]
        notes += [
            f"{path} is a list of URLs, and nothing is fetched unless you say so: --fetch, or SENSORIUM_FETCH=true. "
            "What was fetched before stays."
            for path in self._unasked
        ]
        notes += [
            f"{feed} names {_pictures(count)}, and nothing is fetched unless you say so: --fetch, or "
            "SENSORIUM_FETCH=true. What was fetched before stays."
            for feed, count in self._not_fetched.items()
        ]
        if left_out.others:
            notes.append(f"{left_out.others} files of other kinds were left out.")
        if left_out.linked_folders:
            notes.append(
                f"{left_out.linked_folders} links to folders were left out; SENSORIUM_FOLLOW_LINKS=true follows them."
            )
        return notes

    def fail(self, uri: str, path: Path, reason: str) -> None:
        self.seen.add(uri)
        self.failures.append(Failure(uri, path, "", reason))

    def _not_listed(self, folder: str, reason: str) -> None:
        self._unlisted.append(Path(folder))
        self.fail(folder, Path(folder), f"cannot be listed: {reason}")

    def _rows(self, file: Path, feed: Path, read: ReadFeed) -> Iterator[Unit]:
        try:
            for row in read(file):
                match row:
                    case BadRow():
                        self.fail(f"{feed}#row {row.number}", feed, f"row {row.number}: {row.reason}")
                    case Deletion():
                        self.deleted.append(f"{feed}#{row.key}")
                    case Product():
                        yield from self._product(addressed(row), feed)
        except MediaError as error:
            self.fail(str(feed), feed, str(error))

    def _product(self, row: Product, feed: Path) -> Iterator[Unit]:
        uri = f"{feed}#{row.key}"
        for name in (*map(str, row.media), *(picture_uri(uri, url) for url in row.links)):
            self.seen.add(name)
        if row.links and not self.fetches:
            self._not_fetched[feed] = self._not_fetched.get(feed, 0) + len(row.links)
        if self.seen.add(uri):
            yield Unit(uri, feed, fingerprint_of(row), row)

    def _addresses(self, listed: Path) -> Iterator[Unit]:
        try:
            for line in read_list(listed):
                if isinstance(line, BadLine):
                    self.fail(f"{listed}#line {line.number}", listed, f"line {line.number}: {line.reason}")
                elif self.seen.add(line):
                    yield Unit(line, listed, "", link=Link())
        except MediaError as error:
            self._lists.remove(listed)  # nobody knows what it names now
            self.fail(str(listed), listed, str(error))

    def _file(self, uri: str, status: os.stat_result | None) -> Iterator[Unit]:
        try:
            uri.encode()
        except UnicodeEncodeError:
            readable = os.fsencode(uri).decode(errors="replace")
            self.fail(readable, Path(readable), "its name is not valid UTF-8; rename it.")
            return
        if not self.seen.add(uri):
            return
        path = Path(uri)
        beside = self._subtitles_of(path) if path.suffix.lower() in WITH_SUBTITLES else ()
        sides = (f"{side.name}={stamp(status_of(side))}" for side in beside)
        yield Unit(uri, path, "+".join([stamp(status), *sides]), beside=beside)

    def _subtitles_of(self, path: Path) -> tuple[Path, ...]:
        folder = str(path.parent)
        if folder not in self._subtitles:
            try:
                names = os.listdir(folder)  # noqa: PTH208  # names alone, of folders with any number of files
            except OSError:
                names = []
            self._subtitles = {folder: [name for name in names if Path(name).suffix.lower() in SUBTITLE_FORMATS]}
        return side_files(path, self._subtitles[folder])


def _pictures(count: int) -> str:
    return "a picture by its address" if count == 1 else f"{count} pictures by their addresses"
