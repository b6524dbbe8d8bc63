"""What vector indexes follow: spaces, the log of changes, and vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection, func, select

from sensorium.types import Channel, Space

from .rows import rows_by_ids
from .schema import ChangeRow, SegmentRow, SpaceRow, VectorRow

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.types import Matrix

    Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the log that vector indexes follow."""

    seq: int
    segment_id: int
    added: bool


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
    return connection.scalar(select(func.max(ChangeRow.seq))) or 0


def changes(connection: Connection, space_id: int, channel: Channel, *, after: int) -> tuple[Change, ...]:
    query = (
        select(ChangeRow.seq, ChangeRow.segment_id, ChangeRow.added)
        .where(ChangeRow.space_id == space_id, ChangeRow.channel == channel, ChangeRow.seq > after)
        .order_by(ChangeRow.seq)
    )
    return tuple(Change(*row) for row in connection.execute(query))


def vectors(
    connection: Connection, space_id: int, channel: Channel, ids: Sequence[int] | None = None
) -> tuple[Ids, Matrix]:
    """Ids, rising, and vectors float32[n, dimension] of a channel's segments in a space (of `ids` only).

    They are what is stored, to the bit, so that an index may keep them in half precision without changing a score.
    Rounding bent their lengths by a few in a hundred thousand.
    """
    query = (
        select(SegmentRow.id, VectorRow.data)
        .join(VectorRow, (VectorRow.key == SegmentRow.key) & (VectorRow.space_id == space_id))
        .where(SegmentRow.channel == channel)
        .order_by(SegmentRow.id)
    )
    pairs: list[Any]
    if ids is None:
        pairs = list(connection.execute(query))
    else:
        pairs = list(rows_by_ids(connection, query, SegmentRow.id, ids))
    return _matrix(pairs)


def vectors_of(connection: Connection, space_id: int, segment_ids: Sequence[int]) -> tuple[Ids, Matrix]:
    """Ids, rising, and vectors float32[n, dimension] of those of the segments that have one in the space."""
    query = (
        select(SegmentRow.id, VectorRow.data)
        .join(VectorRow, (VectorRow.key == SegmentRow.key) & (VectorRow.space_id == space_id))
        .order_by(SegmentRow.id)
    )
    return _matrix(list(rows_by_ids(connection, query, SegmentRow.id, sorted(segment_ids))))


def _matrix(pairs: Sequence[Any]) -> tuple[Ids, Matrix]:
    if not pairs:
        return np.empty(0, np.int64), np.empty((0, 0), np.float32)
    matrix = np.frombuffer(b"".join(row.data for row in pairs), dtype="<f2").reshape(len(pairs), -1)
    return np.array([row.id for row in pairs], np.int64), matrix.astype(np.float32)
