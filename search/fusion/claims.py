"""What one channel says of items: meaning and words are two looks at the same text.

To the surprise of the stronger look, what the other has beyond a decade and a half is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensorium.types import Channel

from ..calibrate import surplus, worth
from ..matches import Calibrated
from .scored import Proofs
from .weights import Weights

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.vectors.protocol import Ids

    from ..matches import Floats

    Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """What the looks of one channel say of n items, int64[n], rising.

    `places` int64[n, looks]: each item's best match in every look, -1 where it has none. `order` int64[n, looks]: an
    item's looks, the strongest first. `surpluses` float64[n, looks]: the surplus after each of these.
    """

    channel: Channel
    items: Ids
    looks: tuple[Calibrated, ...]
    places: Places
    order: Places
    surpluses: Floats

    @property
    def surplus(self) -> Floats:
        """float64[n]: of all looks together."""
        whole: Floats = self.surpluses[:, -1]
        return whole

    def gains(self, shift: float) -> Floats:
        """float64[n, looks]: what each look adds to the worth, in their `order`, if the channel is believed `shift`
        decades more."""
        gains = worth(self.surpluses + shift)
        gains[:, 1:] -= gains[:, :-1].copy()
        return gains

    def proofs(self, gains: Floats, contributions: Floats) -> Iterator[Proofs]:
        """Each look's part in it; `contributions` float64[n, looks] are the scores' share of `gains`."""
        if len(self.looks) == 1:
            yield Proofs(self.looks[0], self.places[:, 0], gains[:, 0], contributions[:, 0])
            return
        for look, found in enumerate(self.looks):
            items, turn = np.nonzero(self.order == look)
            has = self.places[items, look] >= 0
            items, turn = items[has], turn[has]
            yield Proofs(found, self.places[items, look], gains[items, turn], contributions[items, turn])

    def by_strongest(self, worths: Floats, contributions: Floats) -> Iterator[Proofs]:
        """The strongest look stands for all of them: `worths` and `contributions` are float64[n]."""
        strongest = self.order[:, 0]
        for look, found in enumerate(self.looks):
            held = np.flatnonzero(strongest == look)
            yield Proofs(found, self.places[held, look], worths[held], contributions[held])


def claims_of(found: Iterable[Calibrated], weights: Weights) -> list[Claims]:
    """The claims of every channel, from what it found for one part of a query."""
    looks: dict[Channel, list[Calibrated]] = {}
    for one in found:
        looks.setdefault(one.source.channel, []).append(one)
    return [_claims(channel, tuple(own), weights) for channel, own in looks.items()]


def best_surpluses(claims: Sequence[Claims]) -> dict[Channel, float]:
    """Channel → the surplus of its best claim."""
    return {one.channel: float(one.surplus.max()) for one in claims}


def _claims(channel: Channel, looks: tuple[Calibrated, ...], weights: Weights) -> Claims:
    if len(looks) == 1:  # as most have: nothing is to be sorted
        items, place = looks[0].first_of_items
        surpluses = surplus(looks[0].surprise[place], looks[0].matches.among)
        return Claims(channel, items, looks, place[:, None], np.zeros((len(items), 1), np.int64), surpluses[:, None])
    firsts = [look.first_of_items for look in looks]
    items = np.unique(np.concatenate([own for own, _ in firsts]))
    places = np.full((len(items), len(looks)), -1)
    surprises = np.full((len(items), len(looks)), -np.inf)
    for column, (look, (own, place)) in enumerate(zip(looks, firsts, strict=True)):
        rows = np.searchsorted(items, own)
        places[rows, column] = place
        surprises[rows, column] = look.surprise[place]
    order = np.argsort(-surprises, axis=1, kind="stable")
    falling = np.take_along_axis(surprises, order, axis=1)
    falling[:, 1:] = weights.second_look * np.maximum(0.0, falling[:, 1:] - weights.free)
    among = np.log10([max(1, look.matches.among) for look in looks])
    return Claims(channel, items, looks, places, order, np.cumsum(falling, axis=1) - among[order])
