"""What vector indexes follow: spaces, the log of changes, and vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection, bindparam, func, select, text

from sensorium.types import Channel, Space

from .rows import chunks, number, seen
from .schema import ChangeRow, SegmentRow, SpaceRow, VectorRow

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.types import Matrix

    Ids = npt.NDArray[np.int64]

BATCH = 2048
"""Vectors read at once where all of them are."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of segments since a place in the log: each is in one of the two, however often it came and went."""

    seq: int
    added: Ids
    removed: Ids


def space_id(connection: Connection, name: str, checksum: str) -> int | None:
    query = select(SpaceRow.id).where(SpaceRow.name == name, SpaceRow.checksum == checksum)
    return connection.scalar(query)


def spaces(connection: Connection) -> dict[Space, int]:
    """Every space the library has ever had vectors in, with its id."""
    rows = connection.execute(select(SpaceRow.__table__))
    return {Space(row.name, row.dimension, row.checksum): row.id for row in rows}


def space_names(connection: Connection) -> tuple[str, ...]:
    return tuple(connection.scalars(select(SpaceRow.name).order_by(SpaceRow.id)))


def last_seq(connection: Connection) -> int:
    """The number of the last change; rises with everything that is written."""
    return seen(connection, "change", lambda: number(connection, "SELECT max(seq) FROM change"))


def last_seq_of(connection: Connection, space_id: int, channel: Channel) -> int:
    """The number of the last change to one index."""
    query = select(func.max(ChangeRow.seq)).where(ChangeRow.space_id == space_id, ChangeRow.channel == channel)
    return connection.scalar(query) or 0


def changes(connection: Connection, space_id: int, channel: Channel, *, after: int) -> Changes:
    """What one index must do to come from the place `after` of the log to its end."""
    query = (
        select(ChangeRow.seq, ChangeRow.segment_id, ChangeRow.added)
        .where(ChangeRow.space_id == space_id, ChangeRow.channel == channel, ChangeRow.seq > after)
        .order_by(ChangeRow.seq)
    )
    seq, last = after, {}
    for row in connection.execute(query):
        seq, last[row.segment_id] = row.seq, row.added
    added = np.array([i for i, came in last.items() if came], np.int64)
    return Changes(seq, added, np.array([i for i, came in last.items() if not came], np.int64))


def count_vectors(connection: Connection, space_id: int, channel: Channel) -> int:
    """How many of a channel's segments have a vector in a space."""
    query = (
        select(func.count())
        .select_from(SegmentRow)
        .join(VectorRow, (VectorRow.key == SegmentRow.key) & (VectorRow.space_id == space_id))
        .where(SegmentRow.channel == channel)
    )
    return connection.scalar(query) or 0


def vector_batches(connection: Connection, space_id: int, channel: Channel) -> Iterator[tuple[Ids, Matrix]]:
    """All vectors of a channel's segments in a space, by rising ids, a few thousand at a time: see `vectors`.

    Each batch is a query of its own, so that a slow reader does not keep the writer's log from being folded in.
    """
    query = text(
        "SELECT segment.id, vector.data FROM segment "
        "JOIN vector ON vector.space_id = :space AND vector.key = segment.key "
        # the plus keeps SQLite from going by the index on channels, which would sort all of them for every batch
        "WHERE segment.id > :after AND +segment.channel = :channel ORDER BY segment.id LIMIT :most"
    )
    after = 0
    while True:
        given = {"space": space_id, "after": after, "channel": channel.value, "most": BATCH}
        pairs = connection.execute(query, given).all()
        if pairs:
            yield _matrix(pairs)
        if len(pairs) < BATCH:
            return
        after = pairs[-1].id


def vectors(
    connection: Connection, space_id: int, channel: Channel, ids: Sequence[int] | None = None
) -> tuple[Ids, Matrix]:
    """Ids, rising, and vectors float32[n, dimension] of a channel's segments in a space (of `ids` only).

    They are what is stored, to the bit, so that an index may keep them in half precision without changing a score.
    Rounding bent their lengths by a few in a hundred thousand.
    """
    if ids is not None:
        return _matrix(list(_by_ids(connection, space_id, ids, channel)))
    query = (
        select(SegmentRow.id, VectorRow.data)
        .join(VectorRow, (VectorRow.key == SegmentRow.key) & (VectorRow.space_id == space_id))
        .where(SegmentRow.channel == channel)
        .order_by(SegmentRow.id)
    )
    return _matrix(list(connection.execute(query)))


def sampled_vectors(connection: Connection, space_id: int, channel: Channel, most: int) -> tuple[Ids, Matrix]:
    """As `vectors`, of `most` segments at most: the same ones each time, as long as the library is the same."""
    query = (
        select(SegmentRow.id)
        .join(VectorRow, (VectorRow.key == SegmentRow.key) & (VectorRow.space_id == space_id))
        .where(SegmentRow.channel == channel)
    )
    ids = np.sort(np.fromiter(connection.scalars(query), np.int64))
    if len(ids) <= most:
        return vectors(connection, space_id, channel)
    return vectors(connection, space_id, channel, np.random.default_rng(0).choice(ids, most, replace=False).tolist())


def vectors_of(connection: Connection, space_id: int, segment_ids: Sequence[int]) -> tuple[Ids, Matrix]:
    """Ids, rising, and vectors float32[n, dimension] of those of the segments that have one in the space."""
    return _matrix(list(_by_ids(connection, space_id, segment_ids, None)))


_OF_SEGMENTS = text(
    # CROSS JOIN keeps the order: from a hundred ids on, SQLite would rather read all vectors of the space
    "SELECT segment.id, vector.data FROM segment CROSS JOIN vector "
    "ON vector.key = segment.key AND vector.space_id = :space "
    "WHERE segment.id IN :ids AND (:channel IS NULL OR segment.channel = :channel) ORDER BY segment.id"
).bindparams(bindparam("ids", expanding=True))


def _by_ids(connection: Connection, space_id: int, ids: Sequence[int], channel: Channel | None) -> Iterator[Any]:
    """(id, data) of those of the segments that have a vector, rising."""
    wanted = None if channel is None else channel.value
    for chunk in chunks(sorted(int(one) for one in ids)):
        yield from connection.execute(_OF_SEGMENTS, {"space": space_id, "ids": chunk, "channel": wanted})


def _matrix(pairs: Sequence[Any]) -> tuple[Ids, Matrix]:
    if not pairs:
        return np.empty(0, np.int64), np.empty((0, 0), np.float32)
    matrix = np.frombuffer(b"".join(row.data for row in pairs), dtype="<f2").reshape(len(pairs), -1)
    return np.array([row.id for row in pairs], np.int64), matrix.astype(np.float32)
