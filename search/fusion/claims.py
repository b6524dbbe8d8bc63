"""What one channel says of one item: meaning and words are two looks at the same text.

To the surprise of the stronger look, what the other has beyond a decade and a half is added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sensorium.types import Channel, Modality, Segment

from ..calibrate import Calibrated, surplus, worth
from .weights import Weights


@dataclass(frozen=True, slots=True)
class Claim:
    """What one channel says of one item: its looks, the strongest first, and the surplus after each of them."""

    item_id: int
    channel: Channel
    looks: tuple[Calibrated, ...]
    surpluses: tuple[float, ...]

    def gains(self, shift: float) -> list[float]:
        """What each look adds to the claim's worth, when the channel is believed `shift` decades more."""
        if len(self.surpluses) == 1:  # most claims, and a query has hundreds
            return [worth(self.surpluses[0] + shift)]
        worths = [worth(value + shift) for value in self.surpluses]
        return [now - before for now, before in zip(worths, [0.0, *worths], strict=False)]


def by_part(
    found: Iterable[Calibrated], segments: Mapping[int, Segment]
) -> dict[tuple[int, Modality], list[Calibrated]]:
    """The matches of each part of a query, those of its words, pictures and sounds apart; of held segments only."""
    parted: dict[tuple[int, Modality], list[Calibrated]] = defaultdict(list)
    for one in found:
        if one.match.segment_id in segments:
            parted[one.match.part, one.match.modality].append(one)
    return parted


def claims_of(matches: Iterable[Calibrated], segments: Mapping[int, Segment], weights: Weights) -> list[Claim]:
    """One claim for each item and channel, from the best match of each of the channel's matchers."""
    best: dict[tuple[int, Channel], dict[str, Calibrated]] = defaultdict(dict)
    for calibrated in matches:
        match = calibrated.match
        held = best[segments[match.segment_id].item_id, match.channel]
        if match.matcher not in held or calibrated.surprise > held[match.matcher].surprise:
            held[match.matcher] = calibrated
    return [_claim(item_id, channel, held.values(), weights) for (item_id, channel), held in best.items()]


def _claim(item_id: int, channel: Channel, matches: Iterable[Calibrated], weights: Weights) -> Claim:
    looks = tuple(matches)
    if len(looks) > 1:
        looks = tuple(sorted(looks, key=lambda c: -c.surprise))
    surprise = looks[0].surprise
    surpluses = [surplus(surprise, looks[0].match.among)]
    for look in looks[1:]:
        surprise += weights.second_look * max(0.0, look.surprise - weights.free)
        surpluses.append(surplus(surprise, look.match.among))
    return Claim(item_id, channel, looks, tuple(surpluses))
