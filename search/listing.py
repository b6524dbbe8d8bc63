"""How far a ranked result goes where it is counted or ordered, and plain lists of all that filters keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sensorium.errors import QueryError
from sensorium.types import Query

from .fusion import Fused
from .order import ordered
from .selection import Selection

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids

CLEAR = 0.3
"""The score at which chance alone brings one item as good: what scores more is an answer."""
LEAST = 100
"""Items of a result that is counted or ordered, however poor: those that the first pages show anyway."""
SCANNED = 5000
"""Items that a query of nothing but negative parts may look through."""


def has_an_end(query: Query) -> bool:
    """Whether the result must be a definite set of items, because it is counted or put in another order."""
    return bool(query.facets or query.sort)


def answers(fused: Fused) -> Fused:
    """Where a ranked result ends: behind its last clear answer, but not before the `LEAST` best."""
    clear = int((fused.scores >= CLEAR).sum())  # they stand first
    return fused.first(max(clear, LEAST))


def in_order(items: Ids, query: Query, selection: Selection) -> Ids:
    """int64[n]: the items in the order that the query asks for."""
    return items[ordered(items, query.sort, selection.snapshot)] if query.sort else items


def everything(query: Query, selection: Selection) -> Ids:
    """int64[n]: all items that pass the filters, in order; without one, the order in which they came."""
    return in_order(selection.items(), query, selection)


def scannable(items: Ids) -> Fused:
    """Items for negative parts to look through. Raises `QueryError` where they are too many."""
    if len(items) > SCANNED:
        raise QueryError(
            f"The query says only what to leave out, of {len(items):,} items. Say what to look for as well, or add a "
            f"filter that keeps at most {SCANNED:,}."
        )
    return Fused(items, np.zeros(len(items)))
