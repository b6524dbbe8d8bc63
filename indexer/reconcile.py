"""Compares what a scan found with what the library knows: what is new, has changed, moved, come back or vanished."""

from __future__ import annotations

import time
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sensorium.catalogue.drafts import OF_PICTURE, Failure
from sensorium.errors import MediaError
from sensorium.settings import Settings
from sensorium.types import Channel, Space

from .disk_list import DiskList
from .link import linked
from .products import DAY_S, due, has_changed, links_of, missed
from .progress import Meter, Stage
from .read import sha256_of
from .scan import Scan, Unit
from .seen import Seen
from .stamps import size_of

if TYPE_CHECKING:
    from sensorium.library_writer import LibraryWriter

T = TypeVar("T")

CHUNK = 1000


@dataclass(slots=True)
class Todo:
    """What is left to do after the comparison, and what it has done already. `links` of the units are addresses."""

    units: DiskList[Unit] = field(default_factory=DiskList)
    links: int = 0
    unchanged: int = 0
    removed: int = 0
    moved: int = 0
    restored: int = 0
    failures: list[Failure] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Gone:
    """A file that is not where it was: just vanished, or long since. `content` is its sha256."""

    uri: str
    path: str
    fingerprint: str
    content: str


class Reconciler:
    """One comparison. `spaces` are those of the models in use."""

    def __init__(
        self, writer: LibraryWriter, meter: Meter, spaces: Mapping[Channel, Sequence[Space]], settings: Settings
    ) -> None:
        self._writer = writer
        self._meter = meter
        self._spaces = spaces
        self._keep_days = settings.keep_removed_days
        self._recheck_days = settings.fetch_recheck_days
        self._todo = Todo()
        self._new: DiskList[Unit] = DiskList()
        self._sizes = array("q")

    def run(self, scan: Scan, *, retry: bool, alike: bool = True) -> Todo:
        """Note what has moved, come back, vanished or cannot be read, and return what must be read.

        With `retry`, that is also what could not be read before. `alike` says that files are read as they were before,
        so that a content that is known need not be decoded again.
        """
        changed: DiskList[Unit] = DiskList()
        self._compare(scan, changed, retry=retry)
        vanished = self._vanished(scan)
        new = self._restore(self._new)
        moves, new = self._moves(vanished, new)
        self._write(scan, vanished, moves)
        shared = _shared_sizes(self._sizes)
        for _, moved in moves:
            self._todo.units.add(moved)
        for unit in chain(changed, new):  # never all of them at once: there may be a million
            self._todo.units.add(replace(unit, twin=alike and _among(size_of(unit.fingerprint), shared)))
            self._todo.links += len(links_of(unit)) if scan.fetches else 0
        self._still_failing(scan)
        return self._todo

    def _compare(self, scan: Scan, changed: DiskList[Unit], *, retry: bool) -> None:
        for units in _batched(scan.units(), CHUNK):
            if self._meter.stopped():
                raise KeyboardInterrupt
            self._meter.count(Stage.SCAN, len(units))
            known = self._writer.known({file for unit in units for file in unit.files()})
            old = due(units, self._writer, self._recheck_days) if scan.fetches else set()
            lost = missed(units, known, self._writer) if scan.fetches else set()
            for unit in linked(units, known, self._writer, retry=retry):
                self._todo.links += unit.link is not None
                before = known.get(unit.uri)
                failed = any(known[file].reason for file in unit.files() if file in known)
                if before is None:
                    self._new.add(unit)
                elif (
                    unit.link is not None
                    or unit.uri in old
                    or (retry and failed)
                    or has_changed(unit, before, lost, fetches=scan.fetches)
                ):
                    changed.add(unit)
                else:
                    self._todo.unchanged += before.reason is None
                    continue
                self._sizes.append(size_of(unit.fingerprint) or -1)

    def _vanished(self, scan: Scan) -> dict[str, tuple[str, str]]:
        """uri → path and fingerprint of what is known and gone. Collects the sizes of what is known on the way."""
        deleted = Seen(scan.deleted)
        vanished = {}
        for uri, known in self._writer.everything_known():
            if known.reason is None and (size := size_of(known.fingerprint)) is not None:
                self._sizes.append(size)
            if uri.partition(OF_PICTURE)[0] in deleted or (uri not in scan.seen and scan.covers(uri, known.path)):
                vanished[uri] = known.path, known.fingerprint
        return vanished

    def _restore(self, new: DiskList[Unit]) -> DiskList[Unit]:
        """Put back what had vanished and is there again as it was; what is left of the new units."""
        left: DiskList[Unit] = DiskList()
        every_space = [space for held in self._spaces.values() for space in held]
        for units in _batched(iter(new), CHUNK):
            with self._writer.transaction(every_space) as write:
                back = write.restore_items(
                    {unit.uri: unit.fingerprint for unit in units if unit.fingerprint}, self._spaces
                )
            self._todo.restored += len(back)
            for unit in units:
                if unit.uri not in back:
                    left.add(unit)
                elif unit.link is not None:  # it is as it was when it was last fetched; what is it now?
                    left.add(replace(unit, link=replace(unit.link, held=True, item=True)))
        return left

    def _moves(
        self, vanished: Mapping[str, tuple[str, str]], new: DiskList[Unit]
    ) -> tuple[list[tuple[str, Unit]], DiskList[Unit]]:
        """(old uri, unit) of files that are somewhere else now, and the units that are none of these."""
        if not len(new):
            return [], new
        contents = self._writer.contents(vanished)
        gone = [_Gone(uri, *vanished[uri], content) for uri, content in contents.items()]
        gone += [_Gone(*row) for row in self._writer.vanished_files()]
        search = _MoveSearch(gone)
        moves: list[tuple[str, Unit]] = []
        left: DiskList[Unit] = DiskList()
        for unit in new:
            found = search.take(unit)
            if found is None:
                left.add(unit)
            else:
                moves.append((found.uri, replace(unit, content=found.content)))
        self._todo.moved = len(moves)
        return moves, left

    def _write(self, scan: Scan, vanished: Mapping[str, tuple[str, str]], moves: Sequence[tuple[str, Unit]]) -> None:
        moved = {uri for uri, _ in moves}
        with self._writer.transaction() as write:
            for uri, unit in moves:
                write.move_item(uri, unit.uri)
            self._todo.removed = write.remove_items(uri for uri in vanished if uri not in moved)
            write.clear_failures(vanished)
            for failure in scan.failures:
                write.put_failure(failure)
            if write.forget_removed(time.time() - self._keep_days * DAY_S):
                write.drop_unused()

    def _still_failing(self, scan: Scan) -> None:
        """What could not be read before, is still there and is not to be read again; and what the scan could not."""
        known = {failure.uri: failure for failure in self._writer.failed() if failure.uri in scan.seen}
        for failure in scan.failures:
            known.pop(failure.uri, None)
        for unit in self._todo.units if known else ():
            for file in unit.files():
                known.pop(file, None)
        self._todo.failures = [*scan.failures, *known.values()]


class _MoveSearch:
    """Finds for a new file the one that has gone and is the same."""

    def __init__(self, gone: Iterable[_Gone]) -> None:
        self._by_size: dict[int, list[_Gone]] = {}
        for file in gone:
            size = size_of(file.fingerprint)
            if size is not None:
                self._by_size.setdefault(size, []).append(file)

    def take(self, unit: Unit) -> _Gone | None:
        """The file that has become this one, which is then found no more.

        Of the same size, time and name is enough, as it is for a file that has stayed where it was; else the
        contents are compared, and of several of one content that of the same name is taken.
        """
        size = size_of(unit.fingerprint)
        candidates = self._by_size.get(size, []) if size is not None and unit.product is None else []
        namesakes = [file for file in candidates if _name(file.path) == _name(unit.uri)]
        same = [file for file in namesakes if file.fingerprint == unit.fingerprint]
        found = same[0] if len(same) == 1 else None
        if found is None and candidates:
            try:
                content = sha256_of(unit.path)
            except MediaError:
                return None  # reading it will say what is wrong
            found = next((file for file in (*namesakes, *candidates) if file.content == content), None)
        if found is not None:
            candidates.remove(found)
        return found


def _name(path: str) -> str:
    return unicodedata.normalize("NFC", Path(path).name)


def _shared_sizes(sizes: array[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The sizes that several files have, rising; -1 stands for none."""
    found, counts = np.unique(np.frombuffer(sizes, np.int64) if sizes else np.empty(0, np.int64), return_counts=True)
    return found[(counts > 1) & (found >= 0)]


def _among(size: int | None, sizes: np.ndarray[tuple[int], np.dtype[np.int64]]) -> bool:
    if size is None or not len(sizes):
        return False
    place = int(np.searchsorted(sizes, size))
    return place < len(sizes) and int(sizes[place]) == size


def _batched(things: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(things, size)):
        yield batch
