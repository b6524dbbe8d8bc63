"""Makes hits of scored items: the item itself, and the moments where to look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sensorium.library import Library
from sensorium.types import Hit, Segment

from .calibrate import Calibrated
from .fusion import Scored
from .moments import moments_of


def group(
    scored: Sequence[Scored], library: Library, matches: Sequence[Calibrated], segments: Mapping[int, Segment]
) -> tuple[Hit, ...]:
    """Hits in the order of `scored`, with what is folded into each; items that were removed meanwhile are left out.

    `matches` are all that the channels found, `segments` what they found by id: moments are made of them.
    """
    items = library.items([item_id for found in scored for item_id in (found.item_id, *found.alike)])
    of_item: dict[int, list[Calibrated]] = defaultdict(list)
    for match in matches:
        segment = segments.get(match.match.segment_id)
        if segment is not None and segment.item_id in items:
            of_item[segment.item_id].append(match)
    hits = []
    for found in scored:
        item = items.get(found.item_id)
        if item is not None:
            moments = moments_of(found.evidence, of_item[item.id], segments, several=len(item.media) > 1)
            alike = tuple(items[item_id] for item_id in found.alike if item_id in items)
            hits.append(Hit(item, found.score, found.evidence, moments, alike))
    return tuple(hits)
