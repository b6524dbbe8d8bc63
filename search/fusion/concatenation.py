"""Feature level, by concatenation (early fusion; Snoek, Worring and Smeulders, ACM Multimedia 2005).

An item's vector is that of all its channels one after the other, the query's that of its parts, scaled by their
weights: then their inner product is the weighted sum of the channels' cosines. A channel that does not know the item
counts 0.
Words and fingerprints are no vectors and are passed over. Nothing is calibrated: use it to compare with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sensorium.types import Part

from ..matches import FINGERPRINT, WORDS, Calibrated
from .lists import lists_of
from .scored import Fused, Fusion, added_up


@dataclass(frozen=True, slots=True)
class Concatenation(Fusion):
    """Sums of raw cosines."""

    def join(self, found: Sequence[Calibrated], parts: Sequence[Part]) -> Fused:
        return added_up(
            one.proofs(one.surprise, parts[one.source.part].weight * one.raw)
            for one in lists_of(found)
            if one.source.matcher not in (WORDS, FINGERPRINT)
        )
