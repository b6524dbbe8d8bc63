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

from ..matches import Calibrated, by_part
from .attend import attend, depicts_of
from .claims import Claims, best_surpluses, claims_of
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
            shifts = attend(modality, best_surpluses(claims), self.weights, depicts=depicts_of(own))
            gains = [one.gains(shifts.get(one.channel, 0.0)) for one in claims]
            shares = self._shares(claims, gains, by_words=modality is Modality.TEXT)
            for one, gain, share in zip(claims, gains, shares, strict=True):
                yield from one.proofs(gain, parts[number].weight * share[:, None] * gain)

    def _shares(self, claims: Sequence[Claims], gains: Sequence[Floats], *, by_words: bool) -> list[Floats]:
        """How much of each claim counts, float64[n]: an item's strongest channel at full weight, the others less."""
        items = np.unique(np.concatenate([one.items for one in claims]))
        rows = [np.searchsorted(items, one.items) for one in claims]
        worths = np.full((len(items), len(claims)), -np.inf)
        for column, (own, gain) in enumerate(zip(rows, gains, strict=True)):
            worths[own, column] = gain.sum(axis=1)
        channels = [one.channel for one in claims]
        late = np.zeros(worths.shape, np.int64)
        if by_words and Channel.NAME in channels and Channel.TEXT in channels:
            name, text = channels.index(Channel.NAME), channels.index(Channel.TEXT)
            both = np.isfinite(worths[:, name]) & np.isfinite(worths[:, text])
            worths[both, name], late[both, name] = -1.0, 1  # behind all that an item has, and one place further
        order = np.argsort(-worths, axis=1, kind="stable")
        places = np.argsort(order, axis=1) + late
        return [self.weights.discount ** places[own, column] for column, own in enumerate(rows)]
