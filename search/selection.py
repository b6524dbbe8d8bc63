"""The items that pass a query's filters, and what that leaves of each channel. Exact, however many pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensorium.columns import Snapshot
from sensorium.library import Library
from sensorium.matching import named
from sensorium.types import Channel, Filter, Query, Term

from .syntax import FOLDER, KIND

if TYPE_CHECKING:
    from sensorium.columns import Mask
    from sensorium.vectors.protocol import Ids


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The items of a library that pass some filters, at one moment.

    `mask` bool[n]: the items of the snapshot that pass; None where all do.
    """

    snapshot: Snapshot
    mask: Mask | None

    @classmethod
    def of(cls, query: Query, library: Library) -> Selection:
        """The items that pass all of a query's filters."""
        snapshot = library.snapshot()
        masks = [passing(snapshot, one) for one in filters_of(query)]
        return cls(snapshot, np.logical_and.reduce(masks) if masks else None)

    def __len__(self) -> int:
        """How many items pass."""
        return len(self.snapshot) if self.mask is None else int(self.mask.sum())

    def items(self) -> Ids:
        """int64[n], rising: the items that pass."""
        return self.snapshot.items if self.mask is None else self.snapshot.items[self.mask]

    def segments(self, channel: Channel) -> Ids | None:
        """int64[n], rising: the segments of a channel whose items pass; None where there is no filter."""
        if self.mask is None:
            return None
        column = self.snapshot.channel(channel)
        return column.segments[self.mask[column.places]]

    def narrowed(self, item_ids: Ids) -> Selection:
        """Those of `item_ids` that pass, at the same moment."""
        among = np.isin(self.snapshot.items, item_ids)
        return Selection(self.snapshot, among if self.mask is None else self.mask & among)


def filters_of(query: Query) -> tuple[Filter, ...]:
    """All filters of a query, those that have a short form among them."""
    kinds = (Filter(KIND, tuple(Term(kind.value) for kind in query.kinds)),) if query.kinds else ()
    folder = (Filter(FOLDER, (Term(str(query.folder)),)),) if query.folder is not None else ()
    return (*query.filters, *kinds, *folder)


def passing(snapshot: Snapshot, one: Filter) -> Mask:
    """bool[n]: the items of a snapshot that pass a filter. One that excludes keeps items without the attribute."""
    column = snapshot.column(one.field)
    kept = named(one.field, column.dictionary, one.values)
    mask = np.zeros(len(snapshot), np.bool_)
    mask[column.places[kept[column.codes]]] = True
    return ~mask if one.excluded else mask
