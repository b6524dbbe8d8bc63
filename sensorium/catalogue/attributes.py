"""What items are filtered, counted and sorted by: their attributes, flattened and typed.

Each distinct value of a field is stored once, with the amount and the time it names; an item points at its values. So a
filter is decided on a field's few distinct values, whatever the number of items. Beside what an item brings along it
has its `kind`, its `folder`, its `date` (the first that is known of several) and its `duration` in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Table, delete, insert, select

from .rows import chunks
from .schema import AttributeRow, FieldRow, ValueRow
from .values import read_value

LONGEST = 200
"""Characters; longer texts are prose, to be searched and not to be chosen from."""
DATES = ("date", "taken_at", "published", "created", "created_at", "modified")
"""Attributes that may tell an item's date, the most telling first."""
Pair = tuple[str, str]
"""A field's label and a value, both as they are shown."""


@lru_cache(1 << 12)
def field_name(label: str) -> str:
    """How a field is named in queries: `Base Colour` and `baseColour` are `base_colour`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", label)
    return re.sub(r"\W+", "_", parted).strip("_").lower()


def pairs_of(kind: str, path: Path, attributes: Mapping[str, Any], duration_s: float | None) -> tuple[Pair, ...]:
    """Every (field, value) that an item is found by, each once."""
    pairs = [("kind", kind), ("folder", str(path.parent)), *_flat(attributes)]
    named = {field_name(label) for label, _ in pairs}
    if "date" not in named:
        found = {field_name(label): value for label, value in reversed(pairs)}
        pairs += [("date", found[name]) for name in DATES if name in found][:1]
    if duration_s is not None and "duration" not in named:
        pairs.append(("duration", _shown(round(duration_s, 1))))
    return tuple(dict.fromkeys((label, value) for label, value in pairs if value and len(value) <= LONGEST))


def _flat(attributes: Mapping[str, Any], above: str = "") -> Iterator[Pair]:
    for name, value in attributes.items():
        label = f"{above}.{name}" if above else str(name)
        if isinstance(value, Mapping):
            yield from _flat(value, label)
        elif isinstance(value, list | tuple):
            for entry in value:
                yield from _flat({name: entry}, above)
        elif value is not None and field_name(label):
            yield label, _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return " ".join(str(value).split())


class AttributeWriter:
    """Writes attributes on one open transaction, and remembers the ids of fields and values it has met."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._fields: dict[str, int] = {}
        self._values: dict[tuple[int, str], int] = {}

    def put(self, item_id: int, pairs: Iterable[Pair]) -> None:
        """The attributes of an item that has none yet."""
        self.put_many([(item_id, pairs)])

    def put_many(self, items: Iterable[tuple[int, Iterable[Pair]]]) -> None:
        """The same for several items, by their ids."""
        told = [(self._field(label), item_id, value) for item_id, pairs in items for label, value in pairs]
        self._know((field_id, value) for field_id, _, value in told)
        keys = dict.fromkeys((field_id, item_id, self._values[field_id, value]) for field_id, item_id, value in told)
        rows = [{"field_id": field, "item_id": item_id, "value_id": value} for field, item_id, value in keys]
        if rows:
            self._connection.execute(insert(cast(Table, AttributeRow.__table__)), rows)

    def _know(self, keys: Iterable[tuple[int, str]]) -> None:
        """Learn the ids of values of fields, many at once, and add those that there are not, in their order."""
        lacking = [key for key in dict.fromkeys(keys) if key not in self._values]
        self._find(lacking)
        new = [key for key in lacking if key not in self._values]
        if new:
            rows = [_value_row(field_id, value) for field_id, value in new]
            self._connection.execute(insert(cast(Table, ValueRow.__table__)), rows)
            self._find(new)

    def _find(self, keys: Iterable[tuple[int, str]]) -> None:
        of_field: dict[int, list[str]] = {}
        for field_id, value in keys:
            of_field.setdefault(field_id, []).append(value)
        for field_id, values in of_field.items():
            query = select(ValueRow.id, ValueRow.text).where(ValueRow.field_id == field_id)
            for chunk in chunks(values):
                for row in self._connection.execute(query.where(ValueRow.text.in_(chunk))):
                    self._values[field_id, row.text] = row.id

    def drop(self, item_id: int) -> None:
        """Take its attributes off an item."""
        mine = AttributeRow.field_id.in_(select(FieldRow.id)) & (AttributeRow.item_id == item_id)
        self._connection.execute(delete(AttributeRow).where(mine))

    def _field(self, label: str) -> int:
        name = field_name(label)
        if name not in self._fields:
            found = self._connection.scalar(select(FieldRow.id).where(FieldRow.name == name))
            self._fields[name] = self._insert(FieldRow, name=name, label=label) if found is None else found
        return self._fields[name]

    def _insert(self, table: type, **values: object) -> int:
        key = self._connection.execute(insert(table).values(**values)).inserted_primary_key
        assert key is not None
        return int(key[0])


def _value_row(field_id: int, text: str) -> dict[str, Any]:
    """A value of a field, but for its id."""
    value = read_value(text)
    return {
        "field_id": field_id, "text": text, "term": value.term, "number": value.number, "unit": value.unit,
        "start_s": value.start, "end_s": value.end,
    }  # fmt: skip


def drop_unused_values(connection: Connection) -> int:
    """Forget values that no item has any more; return how many."""
    return connection.execute(delete(ValueRow).where(ValueRow.id.not_in(select(AttributeRow.value_id)))).rowcount
