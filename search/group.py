"""Makes hits of scored items: the item itself, and the moments where to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sensorium.types import Hit, Item, Segment

from .fusion import Scored
from .moments import Matched, moments_of


def group(
    scored: Sequence[Scored],
    items: Mapping[int, Item],
    matched: Mapping[int, Matched],
    segments: Mapping[int, Segment],
    chance: Mapping[int, float],
) -> tuple[Hit, ...]:
    """Hits in the order of `scored`, with what is folded into each; items that were removed meanwhile are left out.

    `matched` is what the channels found in each, `segments` those by id: moments are made of them. `chance` tells of
    each how likely nonsense finds one as good; nothing of those that no channel found.
    """
    hits = []
    for found in scored:
        item = items.get(found.item_id)
        if item is not None:
            own, several = matched.get(item.id, {}), len(item.media) > 1
            moments = moments_of(found.evidence, own, segments, several=several)
            alike = tuple(items[item_id] for item_id in found.alike if item_id in items)
            hits.append(Hit(item, found.score, found.evidence, moments, alike, chance=chance.get(item.id)))
    return tuple(hits)
