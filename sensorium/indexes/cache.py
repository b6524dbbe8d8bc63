"""Vector indexes as caches of the catalogue: loaded, caught up with its log, rebuilt where they cannot be trusted."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from sensorium.catalogue import facts, follow
from sensorium.errors import IndexUnreadable
from sensorium.types import Channel, Space
from sensorium.vectors import build_index, load_index, make_index
from sensorium.vectors.effort import ALL, Tunable, bucket
from sensorium.vectors.recipes import FLAT

from .files import IndexFiles, IndexNote
from .measured import Figures
from .options import IndexOptions
from .shared_lock import SharedLock

if TYPE_CHECKING:
    from sensorium.types import Matrix
    from sensorium.vectors.protocol import Ids, Neighbours, Report, VectorIndex

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """One search as it was made: what a measurement repeats."""

    space: Space
    channel: Channel
    queries: Matrix
    k: int
    allowed: Ids | None
    selectivity: str
    seconds: float


@dataclass(slots=True)
class Followed:
    """An index in memory. `seq` is the last change it applied, `seen` the catalogue's last when it was looked at."""

    index: VectorIndex
    kind: str
    seq: int
    seen: int = -1
    lock: SharedLock = field(default_factory=SharedLock)


class IndexCache:
    """The vector indexes of one library, one for each space and channel. Threads may share it."""

    def __init__(
        self, folder: Path, reading: Callable[[], AbstractContextManager[Connection]], options: IndexOptions
    ) -> None:
        self.files = IndexFiles(folder)
        self.options = options
        self.figures = Figures(folder)
        self.observers: list[Callable[[Asked], None]] = []
        """Told of every search, in the thread that made it; they must be quick."""
        self._reading = reading
        self._held: dict[tuple[Space, Channel], Followed] = {}
        self._changing = threading.Lock()

    def nearest(
        self, space: Space, channel: Channel, queries: Matrix, k: int, *,
        allowed: Ids | None = None, exact: bool | None = None,
    ) -> Neighbours:  # fmt: skip
        """The k nearest of a channel's segments in a space, with every committed change applied.

        `queries` float32[q, dimension], unit rows; `allowed` keeps only these segments; `exact` as in `VectorIndex`.
        """
        followed = self.current(space, channel)
        with followed.lock.shared():
            started = time.perf_counter()
            found = followed.index.search(queries, k, allowed=allowed, exact=exact)
            took = time.perf_counter() - started
        if self.observers and not exact:
            kept = ALL if allowed is None else bucket(len(allowed), len(followed.index))
            asked = Asked(space, channel, queries, k, allowed, kept, took)
            for observer in self.observers:
                observer(asked)
        return found

    def cost(self, space: Space, channel: Channel, kept: int | None = None, *, exact: bool = False) -> float:
        """What one query is expected to cost; see `VectorIndex.cost`."""
        return self.current(space, channel).index.cost(kept, exact=exact)

    def current(self, space: Space, channel: Channel) -> Followed:
        """An index with every committed change applied."""
        with self._reading() as connection:
            newest = follow.last_seq(connection)
            followed = self._held.get((space, channel))
            if followed is not None and followed.seen >= newest:
                return followed
            with self._changing:
                return self._caught_up(connection, space, channel, newest)

    def _caught_up(self, connection: Connection, space: Space, channel: Channel, newest: int) -> Followed:
        followed = self._held.get((space, channel))
        if followed is not None and followed.seen >= newest:  # another thread was faster
            return followed
        note = self.files.note(space, channel, _id(connection))
        if followed is None or (note is not None and note.seq > followed.seq):
            followed = self._loaded(space, channel, note) or followed or Followed(_flat(space), FLAT, 0)
        space_id = follow.space_id(connection, space.name, space.checksum)
        if space_id is not None:
            self._apply(connection, followed, space_id, channel)
        followed.seen = newest
        self._held[space, channel] = followed
        return followed

    def _loaded(self, space: Space, channel: Channel, note: IndexNote | None) -> Followed | None:
        """What lies on disk, None where there is nothing to be trusted."""
        if note is None:
            return None
        path = self.files.path(space, channel, note.kind)
        try:
            index = load_index(note.kind, path, checked=note.describes(path))
        except (IndexUnreadable, OSError) as error:
            log.warning("%s Reading the vectors from the catalogue.", error)
            return None
        if isinstance(index, Tunable):  # as hard as the queries that were really asked have shown to be needed
            for figure in self.figures.all():
                if (figure.space, figure.channel) == (space.name, channel) and figure.at > note.mtime_ns / 1e9:
                    index.set_effort(figure.selectivity, figure.effort)
        return Followed(index, note.kind, note.seq)

    def notes(self) -> tuple[IndexNote, ...]:
        """What lies on disk of this library's indexes."""
        with self._reading() as connection:
            library = _id(connection)
        return tuple(note for _, note in self.files.notes() if note is not None and note.library == library)

    def _apply(self, connection: Connection, followed: Followed, space_id: int, channel: Channel) -> None:
        """Bring an index from its `seq` to the end of the log."""
        if followed.seq == 0:  # from nothing: what is there now, rather than how it came about
            seq = follow.last_seq_of(connection, space_id, channel)
            for ids, rows in follow.vector_batches(connection, space_id, channel):
                followed.index.add(ids, rows)
            followed.seq = seq
            return
        changes = follow.changes(connection, space_id, channel, after=followed.seq)
        if changes.seq == followed.seq:
            return
        ids, rows = follow.vectors(connection, space_id, channel, changes.added.tolist())
        with followed.lock.alone():
            followed.index.remove(changes.removed)
            if len(ids):
                followed.index.add(ids, rows)
            followed.seq = changes.seq

    # writing ---------------------------------------------------------------------------------------------------

    def save(self, space: Space, channel: Channel, report: Report | None = None) -> None:
        """Bring the file of an index up to date where that is worth the time. For the library's one writer."""
        with self._reading() as connection:
            library = _id(connection)
        note = self.files.note(space, channel, library)
        if note is None:
            self.rebuild(space, channel, report)
            return
        followed = self.current(space, channel)
        count = len(followed.index)
        kind = self.options.kind_for(count, note.kind)
        if kind != followed.kind:
            self.rebuild(space, channel, report)
        elif note.seq != followed.seq and followed.index.due():
            with followed.lock.shared():
                followed.index.save(self.files.path(space, channel, kind))
                seq = followed.seq
            self._publish(space, channel, library, kind, seq, count)

    def rebuild(self, space: Space, channel: Channel, report: Report | None = None) -> None:
        """Build the file of an index anew from the catalogue. For the library's one writer."""
        with self._reading() as connection:
            library = _id(connection)
            space_id = follow.space_id(connection, space.name, space.checksum)
            if space_id is None:
                return
            held = self.files.note(space, channel, library)
            seq = follow.last_seq_of(connection, space_id, channel)
            count = follow.count_vectors(connection, space_id, channel)
            if held is None and not seq:
                return
            kind = self.options.kind_for(count, held.kind if held else None)
            build_index(
                kind, self.files.path(space, channel, kind), follow.vector_batches(connection, space_id, channel),
                dimension=space.dimension, recall=self.options.recall, count=count, report=report,
            )  # fmt: skip
        self._publish(space, channel, library, kind, seq, count)

    def _publish(self, space: Space, channel: Channel, library: str, kind: str, seq: int, count: int) -> None:
        """Write the note of a new file. The next search opens it, and what it replaces leaves the memory."""
        written = self.files.path(space, channel, kind).stat()
        made = written.st_size, written.st_mtime_ns
        self.files.write_note(IndexNote(library, space.name, channel, kind, seq, count, *made), space, channel)
        with self._changing:
            self._held.pop((space, channel), None)


def _flat(space: Space) -> VectorIndex:
    return make_index(FLAT, space.dimension)


def _id(connection: Connection) -> str:
    return facts.fact(connection, "id") or ""
