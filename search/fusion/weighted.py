"""Weighted sum of calibrated scores (CombSUM: Fox and Shaw, TREC-2, 1994).

Every list of every channel adds what its match is worth in decades, times its part's weight; an item that many
channels know of wins by that. Scores need no normalising within a list, as CombSUM's do: they are calibrated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sensorium.types import Modality, Part

from ..calibrate import surplus, worth
from ..matches import Calibrated
from .lists import lists_of
from .scored import Fused, Fusion, Proofs, added_up
from .weights import SHIPPED, Weights


@dataclass(frozen=True, slots=True)
class WeightedSum(Fusion):
    """Sums of what matches are worth, each channel with its prior."""

    weights: Weights = SHIPPED

    def join(self, found: Sequence[Calibrated], parts: Sequence[Part]) -> Fused:
        proofs: list[Proofs] = []
        for one in lists_of(found):
            prior = self.weights.prior(one.source.channel) if one.source.modality is Modality.TEXT else 0.0
            worths = worth(surplus(one.surprise, one.found.matches.among) + prior)
            proofs.append(one.proofs(worths, parts[one.source.part].weight * worths))
        return added_up(proofs)
