"""Adds up what the channels say of one item.

Within a channel, meaning and words are two looks at the same text: to the surprise of the stronger one, half of what
the other has beyond the first decade is added. Across channels worths are added, the strongest first and each further
one counting half of the one before: channels of one item are no independent witnesses, and an item must not win by
having many. Worths are logarithms of probabilities, so that adding them is Fisher's method (1925), discounted.
Both constants were chosen on judged queries; docs/evaluation.md has the table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sensorium.types import Evidence, Part, Segment

from .calibrate import Calibrated, worth

DISCOUNT = 0.5
"""What each further channel of an item counts, against the one before it."""
SECOND_LOOK = 0.5
"""What a further matcher of the same channel adds, of its surprise beyond `FREE`."""
FREE = 1.0
"""The surprise that a further matcher is expected to have, given that the first one matched."""


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
        channels = _by_channel([c for c in matches if c.match.part == number])
        for place, looks in enumerate(sorted(channels, key=_channel_worth, reverse=True)):
            weight = part.weight * DISCOUNT**place
            for look, gain in zip(looks, _gains(looks), strict=True):
                evidence.append(_evidence(look, segments[look.match.segment_id], gain, weight * gain))
    evidence.sort(key=lambda e: -abs(e.contribution))
    return Scored(item_id, sum(e.contribution for e in evidence), tuple(evidence))


def _evidence(look: Calibrated, segment: Segment, calibrated: float, contribution: float) -> Evidence:
    match = look.match
    return Evidence(match.channel, match.matcher, match.part, segment, match.raw, calibrated, match.rank, contribution)


def _by_channel(matches: Sequence[Calibrated]) -> list[list[Calibrated]]:
    """For each channel the best match of each of its matchers, the strongest first."""
    channels: dict[str, dict[str, Calibrated]] = defaultdict(dict)
    for calibrated in matches:
        best = channels[calibrated.match.channel]
        held = best.get(calibrated.match.matcher)
        if held is None or calibrated.surprise > held.surprise:
            best[calibrated.match.matcher] = calibrated
    return [sorted(best.values(), key=lambda c: -c.surprise) for best in channels.values()]


def _gains(looks: Sequence[Calibrated]) -> list[float]:
    """What each look at a channel adds to the channel's worth; the first one has the most to say."""
    gains: list[float] = []
    surprise = 0.0
    for look in looks:
        surprise += look.surprise if not gains else SECOND_LOOK * max(0.0, look.surprise - FREE)
        gains.append(worth(surprise, look.match.among) - sum(gains))
    return gains


def _channel_worth(looks: Sequence[Calibrated]) -> float:
    return sum(_gains(looks))
