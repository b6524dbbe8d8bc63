"""Adds up what the channels say of one item.

Within a channel, meaning and words are two looks at the same text: to the surprise of the stronger one, half of what
the other has beyond the first decade is added. Across channels worths are added, the strongest first and each further
one counting half of the one before: channels of one item are no independent witnesses, and an item must not win by
having many. Worths are logarithms of probabilities, so that adding them is Fisher's method (1925), discounted.
The constants are in weights.py; docs/evaluation.md tells how they were chosen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sensorium.types import Channel, Evidence, Modality, Part, Segment

from ..calibrate import Calibrated, surplus, worth
from .attend import attend
from .scored import Fusion, Scored, added_up, evidence
from .weights import SHIPPED, Weights


@dataclass(frozen=True, slots=True)
class Claim:
    """What one channel says of one item: its looks, the strongest first, and the surplus after each of them."""

    item_id: int
    channel: Channel
    looks: tuple[Calibrated, ...]
    surpluses: tuple[float, ...]

    def gains(self, shift: float) -> list[float]:
        """What each look adds to the claim's worth, when the channel is believed `shift` decades more."""
        worths = [worth(value + shift) for value in self.surpluses]
        return [now - before for now, before in zip(worths, [0.0, *worths], strict=False)]


@dataclass(frozen=True, slots=True)
class Discounted(Fusion):
    """Sums of what channels are worth, each further one of an item discounted."""

    weights: Weights = SHIPPED

    def join(self, found: Sequence[Calibrated], segments: Mapping[int, Segment], parts: Sequence[Part]) -> list[Scored]:
        return added_up(self._proofs(found, segments, parts))

    def _proofs(
        self, found: Sequence[Calibrated], segments: Mapping[int, Segment], parts: Sequence[Part]
    ) -> Iterator[Evidence]:
        of_part: dict[tuple[int, Modality], list[Calibrated]] = defaultdict(list)
        for one in found:
            if one.match.segment_id in segments:
                of_part[one.match.part, one.match.modality].append(one)
        for (number, modality), matches in of_part.items():
            claims = _claims(matches, segments, self.weights)
            yield from _Weigher(modality, parts[number].weight, segments, self.weights).weigh(claims)


def _claims(matches: Iterable[Calibrated], segments: Mapping[int, Segment], weights: Weights) -> list[Claim]:
    """One claim for each item and channel, from the best match of each of the channel's matchers."""
    best: dict[tuple[int, Channel], dict[str, Calibrated]] = defaultdict(dict)
    for calibrated in matches:
        match = calibrated.match
        held = best[segments[match.segment_id].item_id, match.channel]
        if match.matcher not in held or calibrated.surprise > held[match.matcher].surprise:
            held[match.matcher] = calibrated
    return [_claim(item_id, channel, held.values(), weights) for (item_id, channel), held in best.items()]


def _claim(item_id: int, channel: Channel, matches: Iterable[Calibrated], weights: Weights) -> Claim:
    looks = tuple(sorted(matches, key=lambda c: -c.surprise))
    surprise = looks[0].surprise
    surpluses = [surplus(surprise, looks[0].match.among)]
    for look in looks[1:]:
        surprise += weights.second_look * max(0.0, look.surprise - weights.free)
        surpluses.append(surplus(surprise, look.match.among))
    return Claim(item_id, channel, looks, tuple(surpluses))


@dataclass(frozen=True, slots=True)
class _Weigher:
    """Weighs the claims that one part of a query, in one modality, found."""

    modality: Modality
    weight: float
    segments: Mapping[int, Segment]
    weights: Weights

    def weigh(self, claims: Sequence[Claim]) -> Iterable[Evidence]:
        """The evidence of all claims, each item's strongest channel at full weight."""
        shifts = attend(self.modality, ((claim.channel, claim.surpluses[-1]) for claim in claims), self.weights)
        by_item: dict[int, list[tuple[Claim, list[float]]]] = defaultdict(list)
        for claim in claims:
            by_item[claim.item_id].append((claim, claim.gains(shifts.get(claim.channel, 0.0))))
        for weighed in by_item.values():
            weighed.sort(key=lambda pair: -sum(pair[1]))
            for place, (claim, gains) in enumerate(weighed):
                share = self.weight * self.weights.discount**place
                for look, gain in zip(claim.looks, gains, strict=True):
                    segment = self.segments[look.match.segment_id]
                    yield evidence(look, segment, calibrated=gain, contribution=share * gain)
