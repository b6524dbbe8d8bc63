"""Items that vanish and come back. What has vanished lies in tables of its own for a while, with everything it had, so
that a disk that was not there for a day, a file moved by two steps or a product that is out of season costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, exists, insert, literal, select

from sensorium.types import Channel, Kind

from .drafts import ItemDraft, MediumDraft, SegmentDraft
from .rows import chunks
from .schema import (
    REMOVED_ITEM,
    REMOVED_MEDIUM,
    REMOVED_SEGMENT,
    ChangeRow,
    ItemRow,
    MediumRow,
    SegmentRow,
    VectorRow,
)

ITEM: Any = ItemRow.__table__
MEDIUM: Any = MediumRow.__table__
SEGMENT: Any = SegmentRow.__table__
Tables = tuple[Any, Any, Any]
LIVE: Tables = (ITEM, MEDIUM, SEGMENT)
REMOVED: Tables = (REMOVED_ITEM, REMOVED_MEDIUM, REMOVED_SEGMENT)


def keep(connection: Connection, ids: Iterable[int], now: float) -> None:
    """Copy items into the tables of what has vanished, in place of what lies there under their uris. `now` is in
    seconds since 1970."""
    for chunk in chunks(ids):
        uris = connection.scalars(select(ITEM.c.uri).where(ITEM.c.id.in_(chunk))).all()
        forget(connection, uris)
        _copy(connection, ITEM, REMOVED_ITEM, ITEM.c.id.in_(chunk), removed_at=now)
        _copy(connection, MEDIUM, REMOVED_MEDIUM, MEDIUM.c.item_id.in_(chunk))
        _copy(connection, SEGMENT, REMOVED_SEGMENT, SEGMENT.c.item_id.in_(chunk))


def kept_id(connection: Connection, uri: str) -> int | None:
    """The id of the item that had this uri before it vanished."""
    return connection.scalar(select(REMOVED_ITEM.c.id).where(REMOVED_ITEM.c.uri == uri))


def uris_among(connection: Connection, uris: Iterable[str]) -> set[str]:
    """Those of `uris` that an item has, or had before it vanished."""
    found: set[str] = set()
    for chunk in chunks(uris):
        for item in (ITEM, REMOVED_ITEM):
            found.update(connection.scalars(select(item.c.uri).where(item.c.uri.in_(chunk))))
    return found


def restorable(
    connection: Connection, unchanged: Mapping[str, str], spaces: Mapping[Channel, Iterable[int]]
) -> list[int]:
    """Ids of vanished items that can come back as they were: `unchanged` holds uris with their fingerprints now.

    An item whose segments lack vectors in the `spaces` (ids) of their channels must be read again.
    """
    found: list[int] = []
    for chunk in chunks(unchanged):
        rows = connection.execute(
            select(REMOVED_ITEM.c.id, REMOVED_ITEM.c.uri, REMOVED_ITEM.c.fingerprint).where(
                REMOVED_ITEM.c.uri.in_(chunk)
            )
        )
        ids = {row.id for row in rows if row.fingerprint == unchanged[row.uri]}
        found += sorted(ids - _lacking(connection, ids, spaces))
    return found


def _lacking(connection: Connection, ids: Iterable[int], spaces: Mapping[Channel, Iterable[int]]) -> set[int]:
    lacking: set[int] = set()
    table = REMOVED_SEGMENT
    for channel, space_ids in spaces.items():
        for space_id in space_ids:
            held = exists().where(VectorRow.space_id == space_id, VectorRow.key == table.c.key)
            query = select(table.c.item_id).where(table.c.item_id.in_(list(ids)), table.c.channel == channel)
            lacking.update(connection.scalars(query.where(table.c.key != "", ~held)))
    return lacking


def restore(connection: Connection, ids: Iterable[int]) -> None:
    """Put vanished items back as they were, and tell the indexes. Their attributes are for the caller to write."""
    for chunk in chunks(ids):
        _copy(connection, REMOVED_ITEM, ITEM, REMOVED_ITEM.c.id.in_(chunk))
        _copy(connection, REMOVED_MEDIUM, MEDIUM, REMOVED_MEDIUM.c.item_id.in_(chunk))
        _copy(connection, REMOVED_SEGMENT, SEGMENT, REMOVED_SEGMENT.c.item_id.in_(chunk))
        come_back = (
            select(VectorRow.space_id, SEGMENT.c.channel, SEGMENT.c.id, literal(True))
            .join(VectorRow, VectorRow.key == SEGMENT.c.key)
            .where(SEGMENT.c.item_id.in_(chunk))
            .order_by(SEGMENT.c.id)
        )
        connection.execute(insert(ChangeRow).from_select(["space_id", "channel", "segment_id", "added"], come_back))
        _forget_ids(connection, chunk)


def forget(connection: Connection, uris: Iterable[str]) -> None:
    """Drop vanished items for good."""
    for chunk in chunks(uris):
        ids = connection.scalars(select(REMOVED_ITEM.c.id).where(REMOVED_ITEM.c.uri.in_(chunk))).all()
        _forget_ids(connection, ids)


def forget_before(connection: Connection, moment: float) -> int:
    """Drop for good what vanished before a moment, in seconds since 1970; return how many items."""
    ids = connection.scalars(select(REMOVED_ITEM.c.id).where(REMOVED_ITEM.c.removed_at < moment)).all()
    for chunk in chunks(ids):
        _forget_ids(connection, chunk)
    return len(ids)


def _forget_ids(connection: Connection, ids: Iterable[int]) -> None:
    chosen = list(ids)
    if chosen:
        connection.execute(delete(REMOVED_SEGMENT).where(REMOVED_SEGMENT.c.item_id.in_(chosen)))
        connection.execute(delete(REMOVED_MEDIUM).where(REMOVED_MEDIUM.c.item_id.in_(chosen)))
        connection.execute(delete(REMOVED_ITEM).where(REMOVED_ITEM.c.id.in_(chosen)))


def kept_files(connection: Connection) -> Iterator[tuple[str, str, str, str]]:
    """(uri, path, fingerprint, content) of every vanished item that is one file, in the order in which they went."""
    query = select(REMOVED_ITEM.c.uri, REMOVED_ITEM.c.path, REMOVED_ITEM.c.fingerprint, REMOVED_MEDIUM.c.content)
    files = query.join(REMOVED_MEDIUM, REMOVED_MEDIUM.c.item_id == REMOVED_ITEM.c.id)
    for row in connection.execute(files.where(REMOVED_ITEM.c.kind != Kind.PRODUCT).order_by(REMOVED_ITEM.c.id)):
        yield row.uri, row.path, row.fingerprint, row.content


def draft_of_content(connection: Connection, content: str) -> ItemDraft | None:
    """The item of one file of this sha256, here or vanished, as it was put; None where there is none.

    Text read in its pictures is left out: that is found by the content again.
    """
    for tables in (LIVE, REMOVED):
        item, medium, _ = tables
        query = select(item).join(medium, medium.c.item_id == item.c.id)
        whole = item.c.fingerprint != ""  # others are to be read again, for what they lack
        row = connection.execute(query.where(medium.c.content == content, item.c.kind != Kind.PRODUCT, whole)).first()
        if row is not None:
            return _draft(connection, row, tables)
    return None


def draft_of_item(connection: Connection, item_id: int) -> ItemDraft | None:
    """An item as it stands, with all its segments; None where there is none of this id."""
    row = connection.execute(select(ITEM).where(ITEM.c.id == item_id)).one_or_none()
    return None if row is None else _draft(connection, row, LIVE, without=())


def draft_of_uri(connection: Connection, uri: str) -> ItemDraft | None:
    """The same, by its uri."""
    row = connection.execute(select(ITEM).where(ITEM.c.uri == uri)).one_or_none()
    return None if row is None else _draft(connection, row, LIVE, without=())


def _draft(
    connection: Connection, row: Any, tables: Tables, *, without: Iterable[Channel] = (Channel.OCR,)
) -> ItemDraft:
    _, medium, segment = tables
    media = connection.execute(select(medium).where(medium.c.item_id == row.id).order_by(medium.c.ordinal)).all()
    places = {each.id: place for place, each in enumerate(media)}
    told = select(segment).where(segment.c.item_id == row.id, segment.c.channel.not_in(list(without)))
    segments = connection.execute(told.order_by(segment.c.id))
    return ItemDraft(
        row.uri, Kind(row.kind), row.title, Path(row.path), row.fingerprint, row.attributes,
        tuple(MediumDraft(Path(m.path), m.mime, m.content, m.width, m.height, m.duration_s) for m in media),
        tuple(_segment(each, places.get(each.medium_id)) for each in segments),
    )  # fmt: skip


def _segment(row: Any, medium: int | None) -> SegmentDraft:
    return SegmentDraft(
        Channel(row.channel), row.key, medium, row.start_s, row.end_s, row.page, row.text,
        tuple(tuple(box) for box in row.boxes or ()), tuple(tuple(span) for span in row.times or ()),
    )  # fmt: skip


def _copy(connection: Connection, source: Table, target: Table, which: Any, **extra: float) -> None:
    """Copy rows into a table of the same columns, of which it may have more: `extra`."""
    names = [column.name for column in source.columns if column.name in target.columns]
    values: Select[Any] = select(*(source.c[name] for name in names), *(literal(v) for v in extra.values()))
    connection.execute(insert(target).from_select([*names, *extra], values.where(which)))
