"""Adds up what the channels say of one item.

Within a channel, meaning and words are two looks at the same text: to the surprise of the stronger one, what the
other has beyond a decade and a half is added. Across channels worths are added, the strongest first and each further
one counting half of the one before: channels of one item are no independent witnesses, and an item must not win by
having many. What an item is called is said in its text again: where words find both, the name comes last, and a place
further. Worths are logarithms of probabilities, so that adding them is Fisher's method (1925), discounted.
The constants are in weights.py; docs/evaluation.md tells how they were chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensorium.types import Channel, Modality, Part

from ..calibrate import worth
from ..matches import Calibrated, by_part
from .attend import attend, depicts_of
from .claims import Claims, claims_of
from .scored import Fused, Fusion, Proofs, added_up
from .weights import SHIPPED, Weights

if TYPE_CHECKING:
    from ..matches import Floats


@dataclass(frozen=True, slots=True)
class Discounted(Fusion):
    """Sums of what channels are worth, each further one of an item discounted."""

    weights: Weights = SHIPPED

    def join(self, found: Sequence[Calibrated], parts: Sequence[Part]) -> Fused:
        return added_up(self._proofs(found, parts))

    def _proofs(self, found: Sequence[Calibrated], parts: Sequence[Part]) -> Iterator[Proofs]:
        for (number, modality), own in by_part(found).items():
            claims = claims_of(own, self.weights)
            shifts = attend(modality, claims.best(), self.weights, depicts=depicts_of(own))
            worths = worth(claims.surpluses + claims.by_channel(shifts))
            gains = claims.gains(worths)
            shares = claims.shared(self._shares(claims, worths[claims.ends], by_words=modality is Modality.TEXT))
            yield from claims.proofs(gains, parts[number].weight * shares * gains)

    def _shares(self, claims: Claims, worths: Floats, *, by_words: bool) -> Floats:
        """How much of each claim counts, float64[claims]: an item's strongest at full weight, the others less."""
        items, channels = claims.items[claims.ends], claims.channels[claims.ends]
        starts = np.flatnonzero(np.concatenate([[True], items[1:] != items[:-1]])[: len(items)])
        sizes = np.diff(starts, append=len(items))
        late = np.zeros(len(items), np.int64)
        if by_words and Channel.NAME in claims.names and Channel.TEXT in claims.names:
            named, told = (channels == claims.names.index(channel) for channel in (Channel.NAME, Channel.TEXT))
            again = named & np.repeat(np.logical_or.reduceat(told, starts), sizes)
            worths = np.where(again, -1.0, worths)  # behind all that an item has, and one place further
            late[again] = 1
        places = np.empty(len(items), np.int64)
        places[np.lexsort((-worths, items))] = np.arange(len(items)) - np.repeat(starts, sizes)
        return np.asarray(self.weights.discount ** (places + late), np.float64)
