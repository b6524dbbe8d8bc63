"""Change of models: which items lack vectors in a space, telling the indexes of a space that has been filled, and
taking a space away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, literal, select

from sensorium.types import Channel

from .schema import ChangeRow, SegmentRow, SpaceRow, VectorRow

SEGMENT: Any = SegmentRow.__table__
VECTOR: Any = VectorRow.__table__


@dataclass(frozen=True, slots=True)
class SpaceHeld:
    """A space that a library has vectors in, and how many."""

    id: int
    name: str
    checksum: str
    dimension: int
    vectors: int


def held(connection: Connection) -> list[SpaceHeld]:
    """Every space of a library, the oldest first."""
    count = select(func.count()).where(VECTOR.c.space_id == SpaceRow.id).scalar_subquery()
    rows = connection.execute(
        select(SpaceRow.id, SpaceRow.name, SpaceRow.checksum, SpaceRow.dimension, count).order_by(SpaceRow.id)
    )
    return [SpaceHeld(*row) for row in rows]


def items_lacking(
    connection: Connection, wanted: Mapping[int, Iterable[Channel]], *, after: int, limit: int
) -> list[int]:
    """The first ids above `after`, rising, of items that lack a vector in a space; `wanted` says of which channels."""
    found: set[int] = set()
    for space_id, channels in wanted.items():
        query = select(SEGMENT.c.item_id).where(_lacks(space_id, channels), SEGMENT.c.item_id > after).distinct()
        found.update(connection.scalars(query.order_by(SEGMENT.c.item_id).limit(limit)))
    return sorted(found)[:limit]


def count_lacking(connection: Connection, wanted: Mapping[int, Iterable[Channel]]) -> int:
    """How many distinct contents lack a vector."""
    return sum(
        connection.scalar(select(func.count(SEGMENT.c.key.distinct())).where(_lacks(space_id, channels))) or 0
        for space_id, channels in wanted.items()
    )


def count_items_lacking(connection: Connection, wanted: Mapping[int, Iterable[Channel]]) -> int:
    """How many items lack a vector in the space in which most do."""
    return max(
        (
            connection.scalar(select(func.count(SEGMENT.c.item_id.distinct())).where(_lacks(space_id, channels))) or 0
            for space_id, channels in wanted.items()
        ),
        default=0,
    )


def announce(connection: Connection, wanted: Mapping[int, Iterable[Channel]]) -> int:
    """Write into the log that indexes follow what they have not been told of a space; return how many segments."""
    told = 0
    for space_id, channels in wanted.items():
        for channel in channels:
            known = select(ChangeRow.segment_id).where(
                ChangeRow.space_id == space_id, ChangeRow.channel == channel, ChangeRow.added
            )
            new = (
                select(literal(space_id), SEGMENT.c.channel, SEGMENT.c.id, literal(True))
                .join(VECTOR, (VECTOR.c.key == SEGMENT.c.key) & (VECTOR.c.space_id == space_id))
                .where(SEGMENT.c.channel == channel, SEGMENT.c.id.not_in(known))
                .order_by(SEGMENT.c.id)
            )
            columns = ["space_id", "channel", "segment_id", "added"]
            told += connection.execute(insert(ChangeRow).from_select(columns, new)).rowcount
    return told


def drop(connection: Connection, space_id: int) -> None:
    """Take a space away with its vectors."""
    connection.execute(delete(ChangeRow).where(ChangeRow.space_id == space_id))
    connection.execute(delete(VectorRow).where(VectorRow.space_id == space_id))
    connection.execute(delete(SpaceRow).where(SpaceRow.id == space_id))


def _lacks(space_id: int, channels: Iterable[Channel]) -> ColumnElement[bool]:
    encoded = exists().where(VECTOR.c.space_id == space_id, VECTOR.c.key == SEGMENT.c.key)
    return and_(SEGMENT.c.channel.in_(list(channels)), SEGMENT.c.key != "", ~encoded)
