"""Adds up what the channels say of one item.

The score of an item is the sum over the query's parts (times their weights) of what its channels are worth, best
channel first, each further one counting half of the one before: channels of one item are not independent witnesses,
and an item must not win by having many. Worths are logarithms of probabilities: adding them is Fisher's method (1925).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sensorium.types import Evidence, Part, Segment

from .calibrate import Calibrated

DISCOUNT = 0.5
"""What each further channel of an item counts, against the one before it."""


@dataclass(frozen=True, slots=True)
class Scored:
    """An item's score and its evidence, the strongest first."""

    item_id: int
    score: float
    evidence: tuple[Evidence, ...]


def fuse(found: Sequence[Calibrated], segments: Mapping[int, Segment], parts: Sequence[Part]) -> list[Scored]:
    """Items with their scores, best first; equal ones in the order in which they came into the library."""
    by_item: dict[int, list[Calibrated]] = defaultdict(list)
    for calibrated in found:
        segment = segments.get(calibrated.match.segment_id)
        if segment is not None:  # else it was removed while the query ran
            by_item[segment.item_id].append(calibrated)
    scored = [_score(item_id, matches, segments, parts) for item_id, matches in by_item.items()]
    return sorted(scored, key=lambda item: (-item.score, item.item_id))


def _score(
    item_id: int, matches: Sequence[Calibrated], segments: Mapping[int, Segment], parts: Sequence[Part]
) -> Scored:
    evidence: list[Evidence] = []
    for number, part in enumerate(parts):
        best = _best_of_each_witness([c for c in matches if c.match.part == number])
        for place, calibrated in enumerate(best):
            match = calibrated.match
            contribution = part.weight * calibrated.worth * DISCOUNT**place
            evidence.append(
                Evidence(
                    match.channel, match.matcher, number, segments[match.segment_id],
                    match.raw, calibrated.worth, match.rank, contribution,
                )
            )  # fmt: skip
    evidence.sort(key=lambda e: -abs(e.contribution))
    return Scored(item_id, sum(e.contribution for e in evidence), tuple(evidence))


def _best_of_each_witness(matches: Sequence[Calibrated]) -> list[Calibrated]:
    """The best segment of each (channel, matcher), the strongest first."""
    best: dict[tuple[str, str], Calibrated] = {}
    for calibrated in matches:
        witness = (calibrated.match.channel, calibrated.match.matcher)
        if witness not in best or calibrated.worth > best[witness].worth:
            best[witness] = calibrated
    return sorted(best.values(), key=lambda c: -c.worth)
