"""What a hit is made of: items, media and segments, by id."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection, select

from sensorium.errors import NotFound
from sensorium.types import Channel, Item, Kind, Medium, Segment

from .places import library_folder
from .rows import rows_by_ids
from .schema import ItemRow, MediumRow, SegmentRow

if TYPE_CHECKING:
    import numpy.typing as npt

    Ids = npt.NDArray[np.int64]


def items(connection: Connection, ids: Sequence[int]) -> dict[int, Item]:
    """The items that exist among `ids`, by id."""
    media: dict[int, list[Medium]] = {}
    folder = library_folder(connection)
    for row in rows_by_ids(connection, select(MediumRow.__table__).order_by(MediumRow.ordinal), MediumRow.item_id, ids):
        media.setdefault(row.item_id, []).append(_medium(row, folder))
    return {
        row.id: Item(row.id, Kind(row.kind), row.title, Path(row.path), row.attributes, tuple(media.get(row.id, ())))
        for row in rows_by_ids(connection, select(ItemRow.__table__), ItemRow.id, ids)
    }


def item(connection: Connection, item_id: int) -> Item:
    """One item. Raises `NotFound`."""
    found = items(connection, [item_id])
    if item_id not in found:
        raise NotFound("item", item_id)
    return found[item_id]


def medium(connection: Connection, medium_id: int) -> tuple[Medium, str]:
    """A medium and the sha256 of its content. Raises `NotFound`."""
    row = connection.execute(select(MediumRow.__table__).where(MediumRow.id == medium_id)).one_or_none()
    if row is None:
        raise NotFound("medium", medium_id)
    return _medium(row, library_folder(connection)), row.content


def segments(connection: Connection, ids: Sequence[int]) -> dict[int, Segment]:
    """The segments that exist among `ids`, by id."""
    return {row.id: _segment(row) for row in rows_by_ids(connection, select(SegmentRow.__table__), SegmentRow.id, ids)}


def segments_of_item(connection: Connection, item_id: int) -> tuple[Segment, ...]:
    """Every segment of an item, in the order in which it was written."""
    table = SegmentRow.__table__
    rows = connection.execute(select(table).where(table.c.item_id == item_id).order_by(table.c.id))
    return tuple(_segment(row) for row in rows)


def items_by_path(connection: Connection) -> dict[Path, int]:
    """The item of every media file and of every item's own path. A product stands under each of its pictures."""
    files = select(ItemRow.path, ItemRow.id).where(ItemRow.uri == ItemRow.path)
    media = select(MediumRow.path, MediumRow.item_id)
    folder = library_folder(connection)
    return {folder / path: item_id for query in (files, media) for path, item_id in connection.execute(query)}


def segment_ids(
    connection: Connection, channel: Channel, *, kinds: Sequence[Kind] = (), folder: Path | None = None
) -> Ids:
    """Ids of a channel's segments whose items are of `kinds` and lie below `folder`, rising."""
    table = SegmentRow.__table__
    query = select(table.c.id).where(table.c.channel == channel)
    if kinds or folder is not None:
        items = ItemRow.__table__
        query = query.join(items, items.c.id == table.c.item_id)
        if kinds:
            query = query.where(items.c.kind.in_(kinds))
        if folder is not None:
            query = query.where(items.c.path.startswith(f"{folder}/", autoescape=True))
    return np.fromiter(connection.scalars(query.order_by(table.c.id)), np.int64)


def _medium(row: Any, folder: Path) -> Medium:
    return Medium(row.id, folder / row.path, row.mime, row.width, row.height, row.duration_s, row.content)


def _segment(row: Any) -> Segment:
    where = row.start_s, row.end_s, row.page
    boxes = tuple(tuple(box) for box in row.boxes or ())
    times = tuple((start_s, end_s) for start_s, end_s in row.times or ())
    return Segment(row.id, row.item_id, Channel(row.channel), row.medium_id, *where, row.text, boxes, times)
