"""Vector indexes as caches of the catalogue: loaded, caught up with its log, rebuilt where they cannot be trusted.

Beside each index file stands a small JSON file with the last change it has applied. The index is written first and
read last, so the number never claims more than the file holds; applying a change twice does no harm.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection

from sensorium.catalogue import facts, follow
from sensorium.errors import IndexUnreadable
from sensorium.types import Channel, Space
from sensorium.vectors import load_index, make_index

if TYPE_CHECKING:
    from sensorium.types import Matrix
    from sensorium.vectors.protocol import Ids, Neighbours, VectorIndex

log = logging.getLogger(__name__)

IMPLEMENTATION = "faiss"


@dataclass(slots=True)
class _Following:
    index: VectorIndex
    seq: int


class IndexCache:
    """The vector indexes of one library, one for each space and channel."""

    def __init__(self, folder: Path, reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._folder = folder
        self._reading = reading
        self._held: dict[tuple[Space, Channel], _Following] = {}
        self._lock = threading.Lock()

    def nearest(
        self,
        space: Space,
        channel: Channel,
        queries: Matrix,
        k: int,
        *,
        allowed: Ids | None = None,
        exact: bool | None = None,
    ) -> Neighbours:
        """The k nearest of a channel's segments in a space, with every committed change applied.

        `queries` float32[q, dimension], unit rows; `allowed` keeps only these segments; `exact` as in `VectorIndex`.
        """
        # Held for the whole search: an index must not change under one.
        with self._lock:
            with self._reading() as connection:
                following = self._caught_up(connection, space, channel)
            return following.index.search(queries, k, allowed=allowed, exact=exact)

    def cost(self, space: Space, channel: Channel, kept: int | None = None, *, exact: bool = False) -> float:
        """What one query is expected to cost; see `VectorIndex.cost`."""
        with self._lock, self._reading() as connection:
            return self._caught_up(connection, space, channel).index.cost(kept, exact=exact)

    def save(self, space: Space, channel: Channel) -> None:
        """Write an index to disk, caught up."""
        with self._lock, self._reading() as connection:
            following = self._caught_up(connection, space, channel)
            path = self._path(space, channel)
            if self._saved_seq(connection, path) != following.seq:
                following.index.save(path)
                _write_text(path.with_suffix(".json"), json.dumps({"seq": following.seq, "library": _id(connection)}))

    def _caught_up(self, connection: Connection, space: Space, channel: Channel) -> _Following:
        following = self._held.get((space, channel)) or self._loaded(connection, space, channel)
        space_id = follow.space_id(connection, space.name, space.checksum)
        if space_id is not None:
            following = self._apply(connection, following, space_id, channel)
        self._held[space, channel] = following
        return following

    def _apply(self, connection: Connection, following: _Following, space_id: int, channel: Channel) -> _Following:
        changes = follow.changes(connection, space_id, channel, after=following.seq)
        if not changes:
            return following
        last = {change.segment_id: change.added for change in changes}
        following.index.remove(np.array([i for i, added in last.items() if not added], np.int64))
        wanted = None if following.seq == 0 else [i for i, added in last.items() if added]
        ids, vectors = follow.vectors(connection, space_id, channel, wanted)
        if len(ids):
            following.index.add(ids, vectors)
        return _Following(following.index, changes[-1].seq)

    def _loaded(self, connection: Connection, space: Space, channel: Channel) -> _Following:
        path = self._path(space, channel)
        seq = self._saved_seq(connection, path)
        if seq is not None:
            try:
                return _Following(load_index(IMPLEMENTATION, path), seq)
            except IndexUnreadable as error:
                log.warning("%s Rebuilding it from the catalogue.", error)
        return _Following(make_index(IMPLEMENTATION, space.dimension), 0)

    def _saved_seq(self, connection: Connection, path: Path) -> int | None:
        """The last change in the saved index; None where there is none that belongs to this library."""
        try:
            note = json.loads(path.with_suffix(".json").read_text())
            return int(note["seq"]) if note["library"] == _id(connection) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _path(self, space: Space, channel: Channel) -> Path:
        return self._folder / f"{space.name}-{space.checksum[:12]}-{channel.value}.{IMPLEMENTATION}"


def _id(connection: Connection) -> str:
    return facts.fact(connection, "id") or ""


def _write_text(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text)
    temporary.replace(path)
