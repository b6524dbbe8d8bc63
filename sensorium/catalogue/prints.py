"""What contents are known again by, and the segments that hold these contents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from sensorium.types import Channel

from .rows import chunks, rows_by_ids
from .schema import PrintRow, SegmentRow

AT_ONCE = 64
"""Rows fetched at a time: that of a recording of hours holds megabytes."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A print as it lies in the catalogue. `key` is that of the segments whose content it is of."""

    id: int
    key: str
    data: bytes


def stored_after(connection: Connection, method: str, last: int) -> Iterator[Stored]:
    """The prints of a method with ids above `last`, rising."""
    table = PrintRow.__table__
    query = select(table.c.id, table.c.key, table.c.data).where(table.c.method == method, table.c.id > last)
    for row in connection.execute(query.order_by(table.c.id).execution_options(yield_per=AT_ONCE)):
        yield Stored(*row)


def stored(connection: Connection, ids: Sequence[int]) -> dict[int, Stored]:
    """The prints that exist among `ids`, by id."""
    table = PrintRow.__table__
    return {
        row.id: Stored(row.id, row.key, row.data)
        for row in rows_by_ids(connection, select(table.c.id, table.c.key, table.c.data), table.c.id, ids)
    }


def count(connection: Connection, method: str) -> int:
    return connection.scalar(select(func.count()).select_from(PrintRow).where(PrintRow.method == method)) or 0


def holders(connection: Connection, keys: Iterable[str], channel: Channel) -> dict[str, list[int]]:
    """Key → ids, rising, of a channel's segments that have it."""
    table = SegmentRow.__table__
    found: dict[str, list[int]] = {}
    for chunk in chunks(keys):
        query = select(table.c.key, table.c.id).where(table.c.key.in_(chunk), table.c.channel == channel)
        for key, segment_id in connection.execute(query.order_by(table.c.id)):
            found.setdefault(key, []).append(segment_id)
    return found


def of_items(connection: Connection, method: str, channel: Channel, item_ids: Sequence[int]) -> dict[int, bytes]:
    """Item id → the print by this method of its first segment in a channel, of those of the items that have one."""
    segments, prints = SegmentRow.__table__, PrintRow.__table__
    query = select(segments.c.item_id, prints.c.data).join(
        prints, (prints.c.key == segments.c.key) & (prints.c.method == method)
    )
    of_channel = query.where(segments.c.channel == channel).order_by(segments.c.id.desc())  # the first comes last
    return {row.item_id: row.data for row in rows_by_ids(connection, of_channel, segments.c.item_id, item_ids)}
