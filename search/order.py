"""Orders by attributes. Items without the attribute come last, equal ones stay in the order they had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sensorium.catalogue.pairs import ValueRecord
from sensorium.columns import Column, Dictionary, Snapshot
from sensorium.types import SortKey

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.vectors.protocol import Ids

    Numbers = npt.NDArray[np.float64]


def ordered(item_ids: Ids, keys: Sequence[SortKey], snapshot: Snapshot) -> Ids:
    """int64[n]: places in `item_ids`, all of the snapshot, in their new order."""
    wanted = snapshot.places_of(item_ids)
    columns = [_sortable(snapshot.column(key.field), key, len(snapshot))[wanted] for key in reversed(keys)]
    order: Ids = np.lexsort(columns) if columns else np.arange(len(item_ids))
    return order


def _sortable(column: Column, key: SortKey, size: int) -> Numbers:
    """float64[size]: what to sort items by, rising; of several values of an item the one that brings it forward."""
    ranks = ranks_of(column.dictionary)
    ranks = -ranks if key.descending else ranks
    first = np.full(size, np.inf)
    np.minimum.at(first, column.places, ranks[column.codes])
    return first


def ranks_of(dictionary: Dictionary) -> Numbers:
    """float64[n]: places of the values in their natural order, equal values in one: amounts, times, then texts."""
    keys = [_key(record, of_times=dictionary.of_times) for record in dictionary.records]
    place = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    return np.array([place[key] for key in keys], np.float64)


def _key(record: ValueRecord, *, of_times: bool) -> tuple[int, float, str]:
    if record.start_s is not None and (of_times or record.number is None):
        return (1, record.start_s, "")
    if record.number is not None:
        return (0, record.number, "")
    return (2, 0.0, record.term)
