"""Feature level, by concatenation (early fusion; Snoek, Worring and Smeulders, ACM Multimedia 2005).

An item's vector is that of all its channels one after the other, the query's that of its parts, scaled by their
weights: then their inner product is the weighted sum of the channels' cosines. A channel that does not know the item
counts 0.
Words and fingerprints are no vectors and are passed over. Nothing is calibrated: use it to compare with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sensorium.types import Part, Segment

from ..calibrate import Calibrated
from ..recognise import FINGERPRINT
from ..retrieve import WORDS
from .lists import lists_of
from .scored import Fusion, Scored, added_up, evidence


@dataclass(frozen=True, slots=True)
class Concatenation(Fusion):
    """Sums of raw cosines."""

    def join(self, found: Sequence[Calibrated], segments: Mapping[int, Segment], parts: Sequence[Part]) -> list[Scored]:
        return added_up(
            evidence(
                one.look,
                one.segment,
                calibrated=one.look.surprise,
                contribution=parts[part].weight * one.look.match.raw,
            )
            for (part, _, _, matcher), entries in lists_of(found, segments).items()
            if matcher not in (WORDS, FINGERPRINT)
            for one in entries
        )
