"""Makes hits of scored items: the item itself, and the moments where to look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sensorium.library import Library
from sensorium.types import Evidence, Hit, Moment

from .fuse import Scored

MOMENTS = 5
"""Moments shown of one item at most."""


def group(scored: Sequence[Scored], library: Library) -> tuple[Hit, ...]:
    """Hits in the order of `scored`; items that were removed meanwhile are left out."""
    items = library.items([found.item_id for found in scored])
    return tuple(
        Hit(items[found.item_id], found.score, found.evidence, _moments(found.evidence))
        for found in scored
        if found.item_id in items
    )


def _moments(evidence: Iterable[Evidence]) -> tuple[Moment, ...]:
    """Where the evidence lies in time or on pages, the strongest first, each place once."""
    segments = (proof.segment for proof in evidence)
    moments = [
        Moment(segment.medium_id, segment.start_s, segment.end_s, segment.page)
        for segment in segments
        if segment.start_s is not None or segment.page is not None
    ]
    return tuple(dict.fromkeys(moments))[:MOMENTS]
