"""Chooses how vectors are searched: every vector that the filter keeps, or the index's own way.

An approximate index finds its way among all vectors; the fewer of them a filter keeps, the more of that way is for
nothing, and the more it misses. Below `SCANNED` vectors a scan of the kept ones is fast whatever the index is; above,
whatever costs less. Full-text search has a plan of its own, see `sensorium.catalogue.fulltext`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sensorium.library import Library
from sensorium.types import Channel, Space

SCANNED = 20_000
"""Vectors that are compared one by one in a few milliseconds, without asking what anything costs."""


@dataclass(frozen=True, slots=True)
class Route:
    """`exact`: every kept vector is looked at. `why` says so in words."""

    exact: bool
    why: str


def choose(library: Library, space: Space, channel: Channel, *, kept: int | None, total: int) -> Route:
    """The route to the nearest of a channel's `total` segments, of which a filter keeps `kept` (None: no filter)."""
    looked_at = total if kept is None else min(kept, total)
    if looked_at <= SCANNED:
        return Route(True, f"exact: {looked_at:,} of {total:,} vectors are few")
    scan = library.search_cost(space, channel, kept, exact=True)
    if not scan:  # names that say nothing, of a camera's files, are not encoded
        return Route(True, f"exact: none of {looked_at:,} has a vector")
    index = library.search_cost(space, channel, kept)
    if scan <= index:
        return Route(
            True, f"exact: {looked_at:,} of {total:,} vectors; the index would cost {index / scan:.1f} times that"
        )
    return Route(False, f"index: {index / scan:.0%} of the cost of looking at all {looked_at:,} of {total:,} vectors")
