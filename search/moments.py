"""Where in an item to look: its matches in time merged to spans, those on pages by page, the strongest first.

A match counts when it is worth nearly as much as its channel's best. Neighbours in one medium are merged, whatever
their channel: what is seen while it is being said is one moment, and stronger than either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sensorium.types import PICTURE_CHANNELS, Channel, Evidence, Moment, Segment

from .calibrate import surplus, worth
from .matches import Calibrated

MOST = 5
"""Moments shown of one item at most."""
NEAR = 0.6
"""Share of the worth of its channel's best match from which on a match is a moment."""
FAINT = 0.25
"""Share of the strongest mark's weight below which another makes no moment, nor stretches one: a still that hardly
matches stands for a whole shot, and what is heard in the middle of it would be lost."""
GAP_S = 1.0
"""Matches that lie no further apart belong to one moment: a shot ends a frame before the next begins."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """One match in a medium. Pages have the place `(page, page)`."""

    medium_id: int | None
    start: float
    end: float
    channel: Channel
    strength: float


Matched = Mapping[tuple[int, Channel], Mapping[int, float]]
"""(part, channel) → segment → what its best match is worth, of those worth nearly as much as the item's best."""


def matched_in(item_ids: Sequence[int], found: Iterable[Calibrated]) -> dict[int, Matched]:
    """What matched in each of the items, and is not far behind the best match of its source there."""
    of_item: dict[int, dict[tuple[int, Channel], dict[int, float]]] = {item_id: {} for item_id in item_ids}
    for one in found:
        rows = [row for row, item_id in enumerate(one.items.tolist()) if item_id in of_item]
        if not rows:
            continue
        source, worths = one.source, worth(surplus(one.surprise[rows], one.matches.among))
        columns = one.items[rows], one.matches.segments[rows], worths
        tops: dict[int, float] = {}
        for item_id, segment, value in zip(*(column.tolist() for column in columns), strict=True):
            if value >= NEAR * tops.setdefault(item_id, value):  # the best come first
                held = of_item[item_id].setdefault((source.part, source.channel), {})
                held[segment] = max(value, held.get(segment, value))
    return dict(of_item)


def moments_of(
    evidence: Sequence[Evidence], matched: Matched, segments: Mapping[int, Segment], *, several: bool
) -> tuple[Moment, ...]:
    """The moments of one item from its evidence and all that matched in it.

    Each channel's moments share the weight that its evidence has in the score; what speaks against an item makes no
    moment. `several` says that the item has several media, so that which of them is a moment too.
    """
    weights: dict[tuple[int, Channel], float] = {}
    for proof in evidence:
        key = proof.part, proof.channel
        weights[key] = weights.get(key, 0.0) + proof.contribution
    marks = [
        mark
        for key, weight in weights.items()
        if weight > 0
        for mark in _marks(key[1], weight, matched.get(key, {}), segments)
    ]
    loud = FAINT * max((strength for _, _, strength in marks), default=0.0)
    marks = [mark for mark in marks if mark[2] >= loud]
    timed = [_Mark(s.medium_id, s.start_s, s.end_s or s.start_s, c, w) for s, c, w in marks if s.start_s is not None]
    paged = [_Mark(s.medium_id, s.page, s.page, c, w) for s, c, w in marks if s.start_s is None and s.page is not None]
    found = [(strength, Moment(mark.medium_id, mark.start, mark.end)) for mark, strength in _merged(timed, GAP_S)]
    found += [(strength, Moment(mark.medium_id, page=int(mark.start))) for mark, strength in _merged(paged, 0.0)]
    if several:
        shown = [_Mark(s.medium_id, 0, 0, c, w) for s, c, w in marks if s.start_s is None and c in PICTURE_CHANNELS]
        found += [(strength, Moment(mark.medium_id)) for mark, strength in _merged(shown, 0.0)]
    found.sort(key=lambda pair: -pair[0])
    return tuple(moment for _, moment in found[:MOST])


def _marks(
    channel: Channel, weight: float, worths: Mapping[int, float], segments: Mapping[int, Segment]
) -> list[tuple[Segment, Channel, float]]:
    """A channel's matches that are nearly as good as its best, each with its share of the channel's weight."""
    top = max(worths.values(), default=0.0)
    return [
        (segments[segment_id], channel, weight * value / top)
        for segment_id, value in worths.items()
        if value >= NEAR * top > 0 and segment_id in segments
    ]


def _merged(marks: Iterable[_Mark], gap: float) -> list[tuple[_Mark, float]]:
    """Marks of one medium that touch, as one: its strength is the sum of its channels' strongest."""
    groups: list[list[_Mark]] = []
    end = 0.0
    for mark in sorted(marks, key=lambda m: (m.medium_id or 0, m.start, m.end)):
        if groups and groups[-1][0].medium_id == mark.medium_id and mark.start <= end + gap:
            groups[-1].append(mark)
            end = max(end, mark.end)
        else:
            groups.append([mark])
            end = mark.end
    return [_joined(group) for group in groups]


def _joined(group: Sequence[_Mark]) -> tuple[_Mark, float]:
    strongest: dict[Channel, float] = {}
    for mark in group:
        strongest[mark.channel] = max(mark.strength, strongest.get(mark.channel, 0.0))
    first = group[0]
    whole = _Mark(first.medium_id, first.start, max(m.end for m in group), first.channel, 0.0)
    return whole, sum(strongest.values())
