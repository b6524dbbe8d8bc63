"""Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): scores are not looked at.

An item gets 1 / (k + its rank) from every list it stands in, times its part's weight. No list can be told to have
nothing to say, so that the first of each channel comes before the second of any: use it to compare with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sensorium.types import Part

from ..matches import Calibrated
from .lists import lists_of
from .scored import Fused, Fusion, added_up

K = 60
"""The paper's constant."""


@dataclass(frozen=True, slots=True)
class Reciprocal(Fusion):
    """Sums of reciprocal ranks."""

    k: int = K

    def join(self, found: Sequence[Calibrated], parts: Sequence[Part]) -> Fused:
        return added_up(
            one.proofs(one.surprise, parts[one.source.part].weight / (self.k + one.ranks)) for one in lists_of(found)
        )
