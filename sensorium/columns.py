"""Attributes and segments of a library by item, in memory: what filters, facets and orders are worked out on.

SQLite would fetch every row that passes a filter, and a filter that keeps half of a million items passes half a
million. As arrays the same takes a few milliseconds. Columns are read when first asked for and follow the catalogue's
log of items from then on, so that a commit costs what it changed. A `Snapshot` never changes: whoever holds one sees
filters, counts and orders that agree.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection

from sensorium.catalogue import pairs as catalogue
from sensorium.catalogue.pairs import Pairs, ValueRecord
from sensorium.rising import among
from sensorium.types import Channel

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.vectors.protocol import Ids

    Mask = npt.NDArray[np.bool_]
    Numbers = npt.NDArray[np.float64]

RELOAD_SHARE = 0.2
"""Where more of the items have changed, a column is read anew."""


MOSTLY = 0.9
"""Share of a field's distinct values that decides what it is a field of."""


class Dictionary:
    """The distinct values of a field, in the order of their ids. Codes are places in it."""

    def __init__(self, records: list[ValueRecord]) -> None:
        self.records = records
        self.ids: Ids = np.array([record.id for record in records], np.int64)

    def __len__(self) -> int:
        return len(self.records)

    @cached_property
    def numbers(self) -> Numbers:
        """float64[n]: the amounts; NaN where a value is none."""
        return np.array([np.nan if r.number is None else r.number for r in self.records], np.float64)

    @cached_property
    def starts(self) -> Numbers:
        """float64[n]: when the times named begin, in seconds since 1970; NaN where a value is no time."""
        return np.array([np.nan if r.start_s is None else r.start_s for r in self.records], np.float64)

    @cached_property
    def units(self) -> npt.NDArray[np.str_]:
        """str[n]: the units of the amounts, empty where unknown."""
        return np.array([record.unit for record in self.records], np.str_)

    @cached_property
    def codes_by_term(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for code, record in enumerate(self.records):
            found.setdefault(record.term, []).append(code)
        return found

    @cached_property
    def of_times(self) -> bool:
        """Whether the values are dates: nearly all name a time, and they are not all amounts that look like years."""
        if not len(self):
            return False
        return bool(np.mean(~np.isnan(self.starts)) >= MOSTLY and np.isnan(self.numbers).any())

    @cached_property
    def of_amounts(self) -> bool:
        """Whether nearly all values are amounts."""
        return len(self) > 0 and bool(np.mean(~np.isnan(self.numbers)) >= MOSTLY)

    @cached_property
    def ranks(self) -> Numbers:
        """float64[n]: places of the values in their natural order, equal values in one: amounts, times, then texts."""
        keys = [_order(record, of_times=self.of_times) for record in self.records]
        place = {key: rank for rank, key in enumerate(sorted(set(keys)))}
        return np.array([place[key] for key in keys], np.float64)

    def codes_of(self, value_ids: Ids) -> Ids:
        return np.searchsorted(self.ids, value_ids)

    def known(self, pairs: Pairs) -> Pairs:
        """The pairs whose values are in the dictionary: another process may have dropped one meanwhile."""
        return pairs.where(among(self.ids, pairs.values))

    def plus(self, records: list[ValueRecord]) -> Dictionary:
        return Dictionary([*self.records, *records]) if records else self


def _order(record: ValueRecord, *, of_times: bool) -> tuple[int, float, str]:
    if record.start_s is not None and (of_times or record.number is None):
        return (1, record.start_s, "")
    if record.number is not None:
        return (0, record.number, "")
    return (2, 0.0, record.term)


@dataclass(frozen=True, slots=True)
class Column:
    """A field of all items: item `items[places[i]]` of the snapshot has the value `codes[i]` of the dictionary."""

    name: str
    dictionary: Dictionary
    places: Ids
    codes: Ids


@dataclass(frozen=True, slots=True)
class ChannelColumn:
    """A channel's segments, rising: segment `segments[i]` belongs to item `items[places[i]]` of the snapshot."""

    segments: Ids
    places: Ids


class Snapshot:
    """The items of a library at one moment, int64[n], rising, with their columns."""

    def __init__(self, seq: int, items: Ids, reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        self.seq = seq
        self.items = items
        self._reading = reading
        self._values: dict[str, Pairs] = {}
        self._dictionaries: dict[str, Dictionary] = {}
        self._segments: dict[Channel, Pairs] = {}
        self._columns: dict[str, Column] = {}
        self._channels: dict[Channel, ChannelColumn] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Field → its name as it came."""
        with self._reading() as connection:
            return catalogue.fields(connection)

    def places_of(self, item_ids: Ids) -> Ids:
        """Where items that are in the snapshot stand in it."""
        return np.searchsorted(self.items, item_ids)

    def column(self, name: str) -> Column:
        """A field; one that no item has is empty."""
        with self._lock:
            if name not in self._columns:
                if name not in self._values:
                    with self._reading() as connection:  # the dictionary last: it must know every value
                        self._values[name] = catalogue.values_of(connection, name)
                        self._dictionaries[name] = Dictionary(catalogue.dictionary(connection, name, after=0))
                dictionary = self._dictionaries[name]
                pairs = dictionary.known(self._known(self._values[name]))
                self._columns[name] = Column(
                    name, dictionary, self.places_of(pairs.items), dictionary.codes_of(pairs.values)
                )
            return self._columns[name]

    def channel(self, channel: Channel) -> ChannelColumn:
        with self._lock:
            if channel not in self._channels:
                if channel not in self._segments:
                    with self._reading() as connection:
                        self._segments[channel] = catalogue.segments_of(connection, channel)
                pairs = self._known(self._segments[channel])
                places = self.places_of(pairs.items)
                if (pairs.values[1:] < pairs.values[:-1]).any():  # an item that was changed has younger segments
                    order = np.argsort(pairs.values)
                    pairs, places = Pairs(pairs.items[order], pairs.values[order]), places[order]
                self._channels[channel] = ChannelColumn(pairs.values, places)
            return self._channels[channel]

    def owners(self, channel: Channel, segments: Ids) -> Ids:
        """int64[n]: the items of segments of a channel, -1 for those that are not in the snapshot."""
        column = self.channel(channel)
        if not len(column.segments):
            return np.full(len(segments), -1)
        places = np.minimum(np.searchsorted(column.segments, segments), len(column.segments) - 1)
        return np.where(column.segments[places] == segments, self.items[column.places[places]], -1)

    def _known(self, pairs: Pairs) -> Pairs:
        """Without items that came between this snapshot and the reading of a column."""
        return pairs.where(among(self.items, pairs.items))

    def caught_up(self, connection: Connection) -> Snapshot:
        """This snapshot with everything that has been committed since."""
        seq = catalogue.last_item_change(connection)
        if seq == self.seq:
            return self
        changed = catalogue.items_changed(connection, self.seq)
        if len(changed) > RELOAD_SHARE * len(self):
            return Snapshot(seq, catalogue.item_ids(connection), self._reading)
        items = np.union1d(np.setdiff1d(self.items, changed), catalogue.item_ids(connection, changed))
        later = Snapshot(seq, items, self._reading)
        with self._lock:
            for name, held in self._values.items():
                known = self._dictionaries[name]
                fresh = catalogue.values_of(connection, name, changed)
                last = int(known.ids[-1]) if len(known) else 0
                later._dictionaries[name] = known.plus(catalogue.dictionary(connection, name, after=last))
                later._values[name] = held.renewed(changed, fresh)
            for channel, held in self._segments.items():
                later._segments[channel] = held.renewed(changed, catalogue.segments_of(connection, channel, changed))
        return later


class Columns:
    """Keeps the newest snapshot of a library."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._reading = reading
        self._lock = threading.Lock()
        self._held: Snapshot | None = None

    def current(self) -> Snapshot:
        """The library as it stands now."""
        with self._lock, self._reading() as connection:
            if self._held is None:
                seq = catalogue.last_item_change(connection)
                self._held = Snapshot(seq, catalogue.item_ids(connection), self._reading)
            else:
                self._held = self._held.caught_up(connection)
            return self._held
