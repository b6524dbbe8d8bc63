"""Channels weighed by the query itself (query-adaptive late fusion; after Zheng et al., CVPR 2015).

A channel whose best answers stand far above chance can answer the query; one that has only faint likenesses cannot. So
each channel gets a weight, the softmax over channels of its best surplus, and an item the weighted sum of what its
channels are worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sensorium.types import Channel, Modality, Part, Segment

from ..calibrate import Calibrated, worth
from .claims import Claim, by_part, claims_of
from .scored import Fusion, Scored, added_up, evidence
from .weights import SHIPPED, Weights

SHARPNESS = 1.0
"""How much a decade of surplus counts in the softmax."""


@dataclass(frozen=True, slots=True)
class Attention(Fusion):
    """Sums of what channels are worth, by the channels' weights; the best channel weighs 1."""

    weights: Weights = SHIPPED

    def join(self, found: Sequence[Calibrated], segments: Mapping[int, Segment], parts: Sequence[Part]) -> list[Scored]:
        proofs = []
        for (number, modality), matches in by_part(found, segments).items():
            claims = claims_of(matches, segments, self.weights)
            prior = self.weights.prior if modality is Modality.TEXT else lambda _: 0.0
            shares = channel_shares(claims)
            for claim in claims:
                value = worth(claim.surpluses[-1] + prior(claim.channel))
                added = parts[number].weight * shares[claim.channel] * value
                look = claim.looks[0]
                proofs.append(evidence(look, segments[look.match.segment_id], calibrated=value, contribution=added))
        return added_up(proofs)


def channel_shares(claims: Sequence[Claim]) -> dict[Channel, float]:
    """Each channel's weight, 0 to 1; the one with the best claim has 1."""
    best: dict[Channel, float] = {}
    for claim in claims:
        best[claim.channel] = max(claim.surpluses[-1], best.get(claim.channel, -np.inf))
    highest = max(best.values(), default=0.0)
    return {channel: float(np.exp(SHARPNESS * (value - highest))) for channel, value in best.items()}
