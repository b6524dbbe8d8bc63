"""Counts how attributes are spread over a result: terms, spans of amounts, spans of time.

A facet is asked for as `FIELD`, as `FIELD:N` (so many terms or spans) or as `FIELD:10..50..100` (spans between these
ends); `*` stands for the fields that tell the items of this result apart. Every value comes with the filter that keeps
just the items it counts, so that counting and filtering cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sensorium.catalogue.values import amount, fold, moment
from sensorium.columns import Column, Snapshot
from sensorium.errors import QueryError
from sensorium.matching import named
from sensorium.types import Facet, FacetValue, Filter, Range, Term

from .language import resolve
from .printing import print_filter
from .spans import amount_ends, span_label, time_ends
from .syntax import FOLDER, KIND

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids

EVERY = "*"
TERMS, SPANS = 12, 8
"""How many values a facet lists where it is not said."""
FIELDS_AT_MOST = 6
FEW_AMOUNTS = 8
"""So few distinct amounts are listed one by one."""


def count_facets(wanted: Sequence[str], item_ids: Ids, snapshot: Snapshot) -> tuple[Facet, ...]:
    """The facets asked for, over the items of a result. Raises `QueryError` for one that cannot be counted."""
    places = snapshot.places_of(item_ids)
    requests: dict[str, str] = {}
    for request in wanted:
        name, _, shape = request.strip().partition(":")
        if name == EVERY:
            requests |= {field: "" for field in _telling(places, snapshot) if field not in requests}
        else:
            requests[_known(name, snapshot)] = shape
    return tuple(_facet(field, shape, places, snapshot) for field, shape in requests.items())


def _known(name: str, snapshot: Snapshot) -> str:
    field = resolve(name, snapshot.labels)
    if field is None:
        known = ", ".join(sorted(snapshot.labels)) or "none"
        raise QueryError(f"No attribute is named {name!r} to be counted. Known: {known}.")
    return field


def _telling(places: Ids, snapshot: Snapshot) -> list[str]:
    """The fields whose few values divide the result, those that most of its items have first; kinds before all."""
    found: list[tuple[float, int, str]] = []
    for number, field in enumerate(snapshot.labels):
        held = _inside(snapshot.column(field), places, len(snapshot))
        share = held.items / max(1, len(places))
        few = held.distinct <= max(TERMS, len(places) // 4)
        if held.distinct > 1 and share >= 0.2 and (few or _in_spans(held)) and field != FOLDER:
            found.append((-2.0 if field == KIND else -share, number, field))
    return [field for _, _, field in sorted(found)[:FIELDS_AT_MOST]]


@dataclass(frozen=True)
class _Held:
    """The codes that the items of a result have of a column, and beside each its item's place, rising."""

    column: Column
    codes: Ids
    owners: Ids

    @cached_property
    def counts(self) -> Ids:
        """int64[n]: how often each code up to the highest occurs."""
        return np.bincount(self.codes)

    @cached_property
    def distinct(self) -> int:
        """How many different values there are."""
        return int(np.count_nonzero(self.counts))

    @cached_property
    def items(self) -> int:
        """How many items have a value."""
        return _distinct(self.owners)

    def kept_by(self, pick: Filter) -> int:
        """How many items the filter keeps: one with several of its values counts once."""
        kept = named(pick.field, self.column.dictionary, pick.values)
        if self.items == len(self.owners):  # one value each, as prices and brands are: there is nothing to look at
            return int(self.counts[kept[: len(self.counts)]].sum())
        return _distinct(self.owners[kept[self.codes]])


def _inside(column: Column, places: Ids, size: int) -> _Held:
    """What the items at `places` have of a column."""
    if len(places) * 32 < len(column.places):  # a short result in a long column
        places = np.sort(places)
        first, last = (np.searchsorted(column.places, places, side) for side in ("left", "right"))
        held = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)] or [np.empty(0, np.int64)])
        return _Held(column, column.codes[held], column.places[held])
    inside = np.zeros(size, np.bool_)
    inside[places] = True
    held = inside[column.places]
    return _Held(column, column.codes[held], column.places[held])


def _facet(field: str, shape: str, places: Ids, snapshot: Snapshot) -> Facet:
    held = _inside(snapshot.column(field), places, len(snapshot))
    without = len(places) - held.items
    label = snapshot.labels.get(field, field)
    if ".." in shape or _in_spans(held):
        ends = _asked_ends(shape) if ".." in shape else _ends(held, _number(shape, SPANS))
        values = tuple(_span_counts(field, ends, held))
        return Facet(field, label, values, 0, without)
    return _terms(Facet(field, label, (), 0, without), held, _number(shape, TERMS))


def _in_spans(held: _Held) -> bool:
    """Whether the values are amounts or times, and too many to be listed one by one."""
    dictionary = held.column.dictionary
    return (dictionary.of_amounts or dictionary.of_times) and held.distinct > FEW_AMOUNTS


def _ends(held: _Held, wanted: int) -> list[str]:
    dictionary = held.column.dictionary
    found = (dictionary.starts if dictionary.of_times else dictionary.numbers)[held.codes]
    found = found[~np.isnan(found)]
    return time_ends(found, wanted) if dictionary.of_times else amount_ends(found, wanted)


def _asked_ends(shape: str) -> list[str]:
    ends = [end.strip() for end in shape.split("..") if end.strip()]
    if len(ends) < 2 or any(amount(end) is None and moment(end) is None for end in ends):
        raise QueryError(f"{shape!r} names no spans. Give their ends, rising, as in 0..50..100 or 2022..2023..2024.")
    return ends


def _number(shape: str, default: int) -> int:
    if not shape or ".." in shape:
        return default
    if not shape.isdigit() or not 1 <= int(shape) <= 1000:
        raise QueryError(f"{shape!r} is no number of values from 1 to 1000.")
    return int(shape)


def _span_counts(field: str, ends: Sequence[str], held: _Held) -> Iterator[FacetValue]:
    """Spans from each end to the next. The last one of amounts includes its high end."""
    for low, high in pairwise(ends):
        closed = high == ends[-1] and not held.column.dictionary.of_times
        pick = Filter(field, (Range(low, high, includes_high=closed),))
        yield FacetValue(span_label(low, high), held.kept_by(pick), pick, print_filter(pick))


def _terms(facet: Facet, held: _Held, most: int) -> Facet:
    """Values that differ only in case are one, shown as most items spell it; the most frequent first."""
    spellings: dict[str, dict[str, int]] = {}
    for code in np.flatnonzero(held.counts).tolist():
        record = held.column.dictionary.records[code]
        spellings.setdefault(record.term, {})[record.text] = int(held.counts[code])
    frequent = sorted(spellings.values(), key=lambda found: -sum(found.values()))
    counted = []
    for found in frequent[:most]:
        label = max(found, key=lambda text: (found[text], text))
        pick = Filter(facet.field, (Term(label),))
        counted.append(FacetValue(label, held.kept_by(pick), pick, print_filter(pick)))
    counted.sort(key=lambda value: (-value.count, fold(value.label)))
    return replace(facet, values=tuple(counted), others=max(0, len(frequent) - most))


def _distinct(rising: Ids) -> int:
    """How many numbers there are in a list that rises."""
    return int(np.count_nonzero(np.diff(rising))) + 1 if len(rising) else 0


def requests_of(text: str | Iterable[str]) -> tuple[str, ...]:
    """`brand,price:5` as the requests that it lists."""
    listed = [text] if isinstance(text, str) else list(text)
    return tuple(dict.fromkeys(one.strip() for entry in listed for one in entry.split(",") if one.strip()))
