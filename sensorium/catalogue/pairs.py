"""Which item has which value of a field, and which segments of a channel: read in one sweep, as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection, select

from sensorium.types import Channel

from .rows import chunks, number, seen
from .schema import AttributeRow, FieldRow, ItemChangeRow, ItemRow, SegmentRow, ValueRow

if TYPE_CHECKING:
    import numpy.typing as npt

    Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """`items` int64[n], rising, and beside each a value of it, int64[n]: an item may stand several times, or not."""

    items: Ids
    values: Ids

    def where(self, kept: npt.NDArray[np.bool_]) -> Pairs:
        """Those that `kept`, bool[n], marks."""
        return self if kept.all() else Pairs(self.items[kept], self.values[kept])

    def renewed(self, changed: Ids, fresh: Pairs) -> Pairs:
        """With the pairs of the items `changed` replaced by `fresh` ones."""
        kept = ~np.isin(self.items, changed)
        items = np.concatenate([self.items[kept], fresh.items])
        values = np.concatenate([self.values[kept], fresh.values])
        order = np.lexsort((values, items))
        return Pairs(items[order], values[order])


@dataclass(frozen=True, slots=True)
class ValueRecord:
    """One line of a field's dictionary; see `sensorium.catalogue.values.Value`."""

    id: int
    text: str
    term: str
    number: float | None
    unit: str
    start_s: float | None
    end_s: float | None


def fields(connection: Connection) -> dict[str, str]:
    """name → label of every field that any item has ever had."""
    return {row.name: row.label for row in connection.execute(select(FieldRow.__table__).order_by(FieldRow.id))}


def last_item_change(connection: Connection) -> int:
    """Rises with every change of an item, of its attributes and of its segments."""
    return seen(connection, "item change", lambda: number(connection, "SELECT max(seq) FROM item_change"))


def items_changed(connection: Connection, after: int) -> Ids:
    """int64[n], rising: the items that were added, changed or removed since."""
    query = select(ItemChangeRow.item_id).where(ItemChangeRow.seq > after)
    return np.sort(np.fromiter(connection.scalars(query), np.int64))


def item_ids(connection: Connection, among: Ids | None = None) -> Ids:
    """int64[n], rising: every item there is, or those of `among` that exist."""
    query = select(ItemRow.id)
    if among is None:
        return np.fromiter(connection.scalars(query.order_by(ItemRow.id)), np.int64)
    found = (connection.scalars(query.where(ItemRow.id.in_(chunk))) for chunk in chunks(among.tolist()))
    return np.sort(np.fromiter(chain.from_iterable(found), np.int64))


def values_of(connection: Connection, field: str, among: Ids | None = None) -> Pairs:
    """Items with the ids of their values of a field."""
    field_id = connection.scalar(select(FieldRow.id).where(FieldRow.name == field))
    query = (
        select(AttributeRow.item_id, AttributeRow.value_id)
        .where(AttributeRow.field_id == field_id)
        .order_by(AttributeRow.item_id, AttributeRow.value_id)
    )
    return _pairs(connection, query, AttributeRow.item_id, among)


def segments_of(connection: Connection, channel: Channel, among: Ids | None = None) -> Pairs:
    """Items with the ids of their segments of a channel."""
    query = (
        select(SegmentRow.item_id, SegmentRow.id)
        .where(SegmentRow.channel == channel)
        .order_by(SegmentRow.item_id, SegmentRow.id)
    )
    return _pairs(connection, query, SegmentRow.item_id, among)


def dictionary(connection: Connection, field: str, after: int) -> list[ValueRecord]:
    """The values of a field that came after the one with this id, in their order."""
    query = (
        select(
            ValueRow.id, ValueRow.text, ValueRow.term, ValueRow.number, ValueRow.unit, ValueRow.start_s, ValueRow.end_s
        )
        .join(FieldRow, FieldRow.id == ValueRow.field_id)
        .where(FieldRow.name == field, ValueRow.id > after)
        .order_by(ValueRow.id)
    )
    return [ValueRecord(*row) for row in connection.execute(query)]


def _pairs(connection: Connection, query: Any, column: Any, among: Ids | None) -> Pairs:
    if among is None:
        return _as_pairs(connection.execute(query))
    return _as_pairs(
        chain.from_iterable(connection.execute(query.where(column.in_(chunk))) for chunk in chunks(among.tolist()))
    )


def _as_pairs(rows: Iterable[Any]) -> Pairs:
    flat = np.fromiter(chain.from_iterable(rows), np.int64).reshape(-1, 2)
    return Pairs(np.ascontiguousarray(flat[:, 0]), np.ascontiguousarray(flat[:, 1]))
