"""Weighted sum of calibrated scores (CombSUM: Fox and Shaw, TREC-2, 1994).

Every list of every channel adds what its match is worth in decades, times its part's weight; an item that many
channels know of wins by that. Scores need no normalising within a list, as CombSUM's do: they are calibrated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sensorium.types import Part, Segment

from ..calibrate import Calibrated, surplus, worth
from .lists import lists_of
from .scored import Fusion, Scored, added_up, evidence
from .weights import SHIPPED, Weights


@dataclass(frozen=True, slots=True)
class WeightedSum(Fusion):
    """Sums of what matches are worth, each channel with its prior."""

    weights: Weights = SHIPPED

    def join(self, found: Sequence[Calibrated], segments: Mapping[int, Segment], parts: Sequence[Part]) -> list[Scored]:
        proofs = []
        for (part, modality, channel, _), entries in lists_of(found, segments).items():
            prior = self.weights.prior(channel) if modality == "text" else 0.0
            for one in entries:
                value = worth(surplus(one.look.surprise, one.look.match.among) + prior)
                proofs.append(
                    evidence(one.look, one.segment, calibrated=value, contribution=parts[part].weight * value)
                )
        return added_up(proofs)
