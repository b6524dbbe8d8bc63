"""Adds up what the channels say of one item.

Within a channel, meaning and words are two looks at the same text: to the surprise of the stronger one, what the
other has beyond a decade and a half is added. Across channels worths are added, the strongest first and each further
one counting half of the one before: channels of one item are no independent witnesses, and an item must not win by
having many. Worths are logarithms of probabilities, so that adding them is Fisher's method (1925), discounted.
The constants are in weights.py; docs/evaluation.md tells how they were chosen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sensorium.types import Evidence, Modality, Part, Segment

from ..calibrate import Calibrated
from .attend import attend
from .claims import Claim, by_part, claims_of
from .scored import Fusion, Scored, added_up, evidence
from .weights import SHIPPED, Weights


@dataclass(frozen=True, slots=True)
class Discounted(Fusion):
    """Sums of what channels are worth, each further one of an item discounted."""

    weights: Weights = SHIPPED

    def join(self, found: Sequence[Calibrated], segments: Mapping[int, Segment], parts: Sequence[Part]) -> list[Scored]:
        return added_up(self._proofs(found, segments, parts))

    def _proofs(
        self, found: Sequence[Calibrated], segments: Mapping[int, Segment], parts: Sequence[Part]
    ) -> Iterator[Evidence]:
        for (number, modality), matches in by_part(found, segments).items():
            claims = claims_of(matches, segments, self.weights)
            yield from _Weigher(modality, parts[number].weight, segments, self.weights).weigh(claims)


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
            if len(weighed) > 1:
                weighed.sort(key=lambda pair: -sum(pair[1]))
            for place, (claim, gains) in enumerate(weighed):
                share = self.weight * self.weights.discount**place
                for look, gain in zip(claim.looks, gains, strict=True):
                    segment = self.segments[look.match.segment_id]
                    yield evidence(look, segment, calibrated=gain, contribution=share * gain)
