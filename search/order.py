"""Orders by attributes. Items without the attribute come last, equal ones stay in the order they had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sensorium.columns import Column, Snapshot
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
    ranks = -column.dictionary.ranks if key.descending else column.dictionary.ranks
    first = np.full(size, np.inf)
    np.minimum.at(first, column.places, ranks[column.codes])
    return first
