"""Channels weighed by the query itself (query-adaptive late fusion; after Zheng et al., CVPR 2015).

A channel whose best answers stand far above chance can answer the query; one that has only faint likenesses cannot. So
each channel gets a weight, the softmax over channels of its best surplus, and an item the weighted sum of what its
channels are worth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sensorium.types import Channel, Modality, Part

from ..calibrate import worth
from ..matches import Calibrated, by_part
from .claims import claims_of
from .scored import Fused, Fusion, Proofs, added_up
from .weights import SHIPPED, Weights

SHARPNESS = 1.0
"""How much a decade of surplus counts in the softmax."""


@dataclass(frozen=True, slots=True)
class Attention(Fusion):
    """Sums of what channels are worth, by the channels' weights; the best channel weighs 1."""

    weights: Weights = SHIPPED

    def join(self, found: Sequence[Calibrated], parts: Sequence[Part]) -> Fused:
        proofs: list[Proofs] = []
        for (number, modality), own in by_part(found).items():
            claims = claims_of(own, self.weights)
            priors = {channel: self.weights.prior(channel) for channel in claims.names if modality is Modality.TEXT}
            worths = worth(claims.surplus + claims.by_channel(priors)[claims.ends])
            shares = claims.by_channel(channel_shares(claims.best()))[claims.ends]
            proofs += claims.by_strongest(worths, parts[number].weight * shares * worths)
        return added_up(proofs)


def channel_shares(best: Mapping[Channel, float]) -> dict[Channel, float]:
    """Each channel's weight, 0 to 1, from the surplus of its best claim; the one with the best of all has 1."""
    highest = max(best.values(), default=0.0)
    return {channel: math.exp(SHARPNESS * (value - highest)) for channel, value in best.items()}
