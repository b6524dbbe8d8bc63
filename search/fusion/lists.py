"""The ranked lists that are joined: the items that one channel found for one part of a query, best first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sensorium.types import Channel, Modality, Segment

from ..calibrate import Calibrated

ListKey = tuple[int, Modality, Channel, str]
"""(part, modality, channel, matcher)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The best match of an item in one list, and the item's place in it, from 1."""

    look: Calibrated
    segment: Segment
    rank: int


def lists_of(found: Sequence[Calibrated], segments: Mapping[int, Segment]) -> dict[ListKey, list[Entry]]:
    """One list for each part, modality, channel and matcher, every item once."""
    lists: dict[ListKey, dict[int, Entry]] = defaultdict(dict)
    for look in sorted(found, key=lambda one: one.match.rank):
        match = look.match
        segment = segments.get(match.segment_id)
        if segment is not None:
            held = lists[match.part, match.modality, match.channel, match.matcher]
            if segment.item_id not in held:
                held[segment.item_id] = Entry(look, segment, len(held) + 1)
    return {key: list(held.values()) for key, held in lists.items()}
