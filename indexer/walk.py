"""Walks a folder: files of known kinds, under the rules, each folder once even where links lead round in a circle."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pathspec import GitIgnoreSpec

from sensorium.library import DATABASE
from sensorium.media.feed_rows import XML_SUFFIXES
from sensorium.media.kinds import SUFFIXES
from sensorium.media.side_files import SUBTITLE_FORMATS

from .rules import Rules, ignored_here
from .url_list import LIST_SUFFIXES

Ignored = tuple[tuple[str, GitIgnoreSpec], ...]
"""Patterns of ignore files from the outermost in, each with the folder it lies in, relative to the one named."""

FEED_SUFFIXES = frozenset((".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", *XML_SUFFIXES))


@dataclass(slots=True)
class LeftOut:
    """What a walk passed by, for the user to know."""

    feeds: list[str] = field(default_factory=list)
    others: int = 0
    linked_folders: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder on the way: its path, the same relative to the folder that was named, patterns that hold below it."""

    path: str
    relative: str
    ignored: Ignored = ()


class Walk:
    """One walk over any number of folders. `visited` are folders, by device and number, whatever name leads there."""

    def __init__(self, rules: Rules, unlisted: Callable[[str, str], None]) -> None:
        """`unlisted(path, reason)` is told of folders that cannot be listed."""
        self._rules = rules
        self._unlisted = unlisted
        self._visited: set[tuple[int, int]] = set()
        self.left_out = LeftOut()

    def admits(self, path: Path, root: Path) -> bool:
        """Whether a walk over `root` would come to this path below it, a file or a folder."""
        ignored: Ignored = ()
        for above in reversed(path.relative_to(root).parents):
            relative = "" if above == Path() else above.as_posix()
            if relative and (not self._rules.wants_folder(relative) or _ignores(ignored, f"{relative}/")):
                return False
            ignored = self._ignored_in(root / above, relative, ignored)
        relative = path.relative_to(root).as_posix()
        if path.is_dir():
            linked = path.is_symlink() and not self._rules.follow_links
            return not linked and self._rules.wants_folder(relative) and not _ignores(ignored, f"{relative}/")
        wanted = self._rules.wants_file(relative) and not _ignores(ignored, relative)
        return wanted and path.suffix.lower() in SUFFIXES and path.suffix.lower() not in FEED_SUFFIXES

    def files(self, folder: Path, root: Path | None = None) -> Iterator[tuple[str, os.stat_result | None]]:
        """Paths of files in order of their names, folder by folder, with what the system says of each.

        Patterns are relative to `root`, a folder above this one or this one itself.
        """
        relative = folder.relative_to(root).as_posix() if root is not None and root != folder else ""
        ignored: Ignored = ()
        for above in reversed(Path(relative).parents) if relative else ():
            ignored = self._ignored_in((root or folder) / above, "" if above == Path() else above.as_posix(), ignored)
        waiting = [_Place(str(folder), relative, ignored)]
        while waiting:
            place = waiting.pop()
            folders: list[_Place] = []
            yield from self._look(place, folders)
            waiting.extend(reversed(folders))

    def _look(self, place: _Place, folders: list[_Place]) -> Iterator[tuple[str, os.stat_result | None]]:
        try:
            status = os.stat(place.path)  # noqa: PTH116  # strings: this is called for every folder of a large disk
            if (status.st_dev, status.st_ino) in self._visited:
                return
            self._visited.add((status.st_dev, status.st_ino))
            with os.scandir(place.path) as found:
                entries = sorted(found, key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            self._unlisted(place.path, error.strerror or str(error))
            return
        if any(entry.name == DATABASE for entry in entries):
            return  # a library, perhaps this very one: its thumbnails are no pictures of anybody's
        ignored = self._ignored_in(Path(place.path), place.relative, place.ignored)
        while entries:  # one by one they go: each keeps what the system said of it, half a kilobyte
            entry = entries.pop()
            relative = f"{place.relative}/{entry.name}" if place.relative else entry.name
            if _is_folder(entry):
                if self._enters(entry, relative, ignored):
                    folders.append(_Place(entry.path, relative, ignored))
            elif self._takes(entry, relative, ignored):
                yield entry.path, _status(entry)

    def _ignored_in(self, folder: Path, relative: str, above: Ignored) -> Ignored:
        own = ignored_here(folder)
        return above if own is None else (*above, (relative, own))

    def _enters(self, entry: os.DirEntry[str], relative: str, ignored: Ignored) -> bool:
        if not self._rules.wants_folder(relative) or _ignores(ignored, f"{relative}/"):
            return False
        if entry.is_symlink() and not self._rules.follow_links:
            self.left_out.linked_folders += 1
            return False
        return True

    def _takes(self, entry: os.DirEntry[str], relative: str, ignored: Ignored) -> bool:
        if not self._rules.wants_file(relative) or _ignores(ignored, relative):
            return False
        suffix = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122  # a string, see above
        if suffix in FEED_SUFFIXES or suffix in LIST_SUFFIXES:
            self.left_out.feeds.append(entry.path)
            return False
        if suffix not in SUFFIXES:
            self.left_out.others += suffix not in SUBTITLE_FORMATS
            return False
        return True


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself: reading it will say so
        return False


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat()
    except OSError:
        return None


def _ignores(ignored: Ignored, relative: str) -> bool:
    """Whether the patterns of a folder above say that this is left out; the nearest one that has an opinion decides."""
    for above, patterns in reversed(ignored):
        verdict = patterns.check_file(relative[len(above) + 1 :] if above else relative).include
        if verdict is not None:
            return bool(verdict)
    return False
