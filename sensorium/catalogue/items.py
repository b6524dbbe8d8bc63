"""What a hit is made of: items, media and segments, by id."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, select

from sensorium.errors import NotFound
from sensorium.types import Channel, Item, Kind, Medium, Segment

from .places import library_folder
from .rows import AMONG, rows_among
from .schema import ItemRow, MediumRow, SegmentRow

if TYPE_CHECKING:
    import numpy.typing as npt

    Ids = npt.NDArray[np.int64]


_ITEM = "SELECT id, kind, title, path, attributes FROM item"
_MEDIUM = "SELECT id, path, mime, width, height, duration_s, content, item_id FROM medium"
_SEGMENT = "SELECT id, item_id, channel, medium_id, start_s, end_s, page, text, boxes, times FROM segment"
_CONTENT = (
    f"SELECT item.id, kind, content FROM item LEFT JOIN medium ON medium.item_id = item.id WHERE item.id IN {AMONG}"
)


class Content(NamedTuple):
    """The sha256 of every file of an item, rising, and what kind of item it is; without any where one is not known."""

    kind: Kind
    files: tuple[str, ...]

    @classmethod
    def of(cls, kind: Kind, files: Sequence[str]) -> Content:
        """`files` in any order, empty where they are not known."""
        return cls(kind, tuple(sorted(files)) if all(files) else ())


def items(connection: Connection, ids: Sequence[int]) -> dict[int, Item]:
    """The items that exist among `ids`, by id."""
    media: dict[int, list[Medium]] = {}
    folder = library_folder(connection)
    for row in rows_among(connection, f"{_MEDIUM} WHERE item_id IN {AMONG} ORDER BY ordinal", ids):
        media.setdefault(row.item_id, []).append(_medium(row, folder))
    return {
        id_: Item(id_, Kind(kind), title, Path(path), json.loads(attributes), tuple(media.get(id_, ())))
        for id_, kind, title, path, attributes in rows_among(connection, f"{_ITEM} WHERE id IN {AMONG}", ids)
    }


def contents(connection: Connection, ids: Sequence[int]) -> dict[int, Content]:
    """What is in those of the items that exist, by id."""
    found: dict[int, tuple[str, list[str]]] = {}
    for item_id, kind, content in rows_among(connection, _CONTENT, ids):
        found.setdefault(item_id, (kind, []))[1].append(content or "")
    return {id_: Content.of(Kind(kind), files) for id_, (kind, files) in found.items()}


def item(connection: Connection, item_id: int) -> Item:
    """One item. Raises `NotFound`."""
    found = items(connection, [item_id])
    if item_id not in found:
        raise NotFound("item", item_id)
    return found[item_id]


def medium(connection: Connection, medium_id: int) -> tuple[Medium, str]:
    """A medium and the sha256 of its content. Raises `NotFound`."""
    for row in rows_among(connection, f"{_MEDIUM} WHERE id IN {AMONG}", [medium_id]):
        return _medium(row, library_folder(connection)), row.content
    raise NotFound("medium", medium_id)


def segments(connection: Connection, ids: Sequence[int]) -> dict[int, Segment]:
    """The segments that exist among `ids`, by id."""
    return {row[0]: _segment(row) for row in rows_among(connection, f"{_SEGMENT} WHERE id IN {AMONG}", ids)}


def segments_of_item(connection: Connection, item_id: int) -> tuple[Segment, ...]:
    """Every segment of an item, in the order in which it was written."""
    rows = rows_among(connection, f"{_SEGMENT} WHERE item_id IN {AMONG} ORDER BY id", [item_id])
    return tuple(map(_segment, rows))


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
    id_, path, *shape_and_content, _ = row
    return Medium(id_, folder / path, *shape_and_content)


def _segment(row: Any) -> Segment:
    id_, item_id, channel, medium_id, start_s, end_s, page, text, boxes, times = row
    boxed = tuple(map(tuple, json.loads(boxes))) if boxes else ()
    timed = tuple(map(tuple, json.loads(times))) if times else ()
    return Segment(id_, item_id, Channel(channel), medium_id, start_s, end_s, page, text, boxed, timed)
