"""What the channels say of items: meaning and words are two looks of one channel at the same text.

To the surprise of the stronger look, what the other has beyond a decade and a half is added. That says how good the
best text is, and the next; which one that is, its cosine says together with how unlikely the words are that it shares
with the query. How steeply a surprise rises with a cosine depends on what else is in a library, and which of two texts
answers better does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sensorium.types import Channel

from ..matches import Calibrated
from .scored import Proofs
from .weights import Weights

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.vectors.protocol import Ids

    from ..matches import Floats

    Rows = npt.NDArray[np.int64]

_REMEMBERED = 4
"""Parts of queries whose claims are not reckoned again: a query's fusion asks for them, and then its chances."""


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """The best match of every item in every look of every channel, for one part of a query, as n rows: by item, of an
    item by channel, of a channel the strongest first. A claim is what a channel says of an item: one row or several.

    `items` int64[n], rising, and `places` int64[n] among its look's matches; `looks` and `channels` int64[n] number
    those of `found` and `names`. `turns` int64[n]: 0 for a claim's strongest look, 1 for the next. `surpluses`
    float64[n]: the claim's, after this look. `ends` int64[claims]: the last row of each.
    """

    found: tuple[Calibrated, ...]
    names: tuple[Channel, ...]
    items: Ids
    looks: Rows
    channels: Rows
    places: Rows
    turns: Rows
    surpluses: Floats
    ends: Rows

    @property
    def surplus(self) -> Floats:
        """float64[claims]: of all looks together."""
        return self.surpluses[self.ends]

    def best(self) -> dict[Channel, float]:
        """Channel → the surplus of its best claim."""
        best = np.full(len(self.names), -np.inf)
        np.maximum.at(best, self.channels[self.ends], self.surplus)
        return dict(zip(self.names, best.tolist(), strict=True))

    def by_channel(self, values: Mapping[Channel, float]) -> Floats:
        """float64[n]: what each row's channel has among `values`, 0 where it has nothing."""
        return np.array([values.get(name, 0.0) for name in self.names], np.float64)[self.channels]

    def gains(self, worths: Floats) -> Floats:
        """float64[n]: what each look adds to what its claim is worth, of what that is `worths` after each."""
        gains = worths.copy()
        later = np.flatnonzero(self.turns)
        gains[later] -= worths[later - 1]
        return gains

    def shared(self, of_claims: Floats) -> Floats:
        """float64[n] of float64[claims]: what each row's claim has."""
        claim: Rows = np.cumsum(self.turns == 0) - 1
        return of_claims[claim]

    def proofs(self, calibrated: Floats, contributions: Floats) -> Iterator[Proofs]:
        """Each look's part in the claims, float64[n] both."""
        for look, found in enumerate(self.found):
            rows = np.flatnonzero(self.looks == look)
            yield Proofs(found, self.places[rows], calibrated[rows], contributions[rows])

    def by_strongest(self, worths: Floats, contributions: Floats) -> Iterator[Proofs]:
        """The strongest look stands for all of its claim, float64[claims] both."""
        first = self.turns == 0
        for look, found in enumerate(self.found):
            stands = self.looks[first] == look
            yield Proofs(found, self.places[first][stands], worths[stands], contributions[stands])


def claims_of(found: Iterable[Calibrated], weights: Weights) -> Claims:
    """The claims of every channel, from what it found for one part of a query."""
    return _claims_of(tuple(found), weights.second_look, weights.free, weights.words)


@lru_cache(maxsize=_REMEMBERED)
def _claims_of(found: tuple[Calibrated, ...], second_look: float, free: float, words: float) -> Claims:
    of_channel: dict[Channel, list[Calibrated]] = {}
    for one in found:
        of_channel.setdefault(one.source.channel, []).append(one)
    looks = tuple(one for own in of_channel.values() for one in own)
    channel_of = np.array([number for number, own in enumerate(of_channel.values()) for _ in own], np.int64)
    items, look, places, surprises = _best_matches(looks)
    channels = channel_of[look]
    claims = items * len(of_channel) + channels  # rising
    if len(looks) > len(of_channel):
        order = np.lexsort((-surprises, claims))
        look, places, surprises = look[order], places[order], surprises[order]
    starts = np.flatnonzero(np.concatenate([[True], claims[1:] != claims[:-1]])[: len(claims)])
    sizes = np.diff(starts, append=len(claims))
    turns = np.arange(len(claims)) - np.repeat(starts, sizes)
    among = np.log10(np.array([max(1, one.matches.among) for one in looks], np.float64))
    surpluses = _added(surprises, turns, second_look, free) - among[look]
    ends = starts + sizes - 1
    made = Claims(looks, tuple(of_channel), items, look, channels, places, turns, surpluses, ends)
    for number, own in enumerate(of_channel.values()):
        if len(own) == 2 and any(one.matches.decades is not None for one in own):
            made = _dealt_anew(made, number, words)
    return made


def _dealt_anew(claims: Claims, channel: int, words: float) -> Claims:
    """With a channel's surpluses given to its items in the order of what meaning and words say together. A text that
    meaning did not find is taken to be as near as the last that it found."""
    own = claims.ends[claims.channels[claims.ends] == channel]
    items = claims.items[own]
    standing = np.zeros(len(own))
    for look, found in enumerate(claims.found):
        rows = np.flatnonzero((claims.looks == look) & (claims.channels == channel))
        at, places = np.searchsorted(items, claims.items[rows]), claims.places[rows]
        if found.matches.decades is not None:
            standing[at] += words * found.matches.decades[places]
        elif len(rows):
            near = np.full(len(own), found.matches.raw.min())
            near[at] = found.matches.raw[places]
            standing += near
    held = claims.surpluses[own]
    dealt = np.empty(len(own))
    dealt[np.lexsort((-held, -standing))] = np.sort(held)[::-1]
    surpluses = claims.surpluses.copy()
    surpluses[own] = dealt
    before = claims.turns[own] == 1
    surpluses[own[before] - 1] = np.minimum(surpluses[own[before] - 1], dealt[before])
    return replace(claims, surpluses=surpluses)


def _best_matches(looks: Sequence[Calibrated]) -> tuple[Ids, Rows, Rows, Floats]:
    """Every item's best match in every look, by item and then by look: the items, the looks' numbers, the matches'
    places and their surprises."""
    items = np.concatenate([np.empty(0, np.int64), *(one.items for one in looks)])
    look = np.repeat(np.arange(len(looks)), np.array(list(map(len, looks)), np.int64))
    _, firsts = np.unique(items * len(looks) + look, return_index=True)  # each look's matches come best first
    starts = np.cumsum([0, *map(len, looks[:-1])])
    surprises = np.concatenate([np.empty(0), *(one.surprise for one in looks)])
    return items[firsts], look[firsts], firsts - starts[look[firsts]], surprises[firsts]


def _added(surprises: Floats, turns: Rows, second_look: float, free: float) -> Floats:
    """float64[n]: the surprise of every claim after each of its looks."""
    added = np.where(turns == 0, surprises, second_look * np.maximum(0.0, surprises - free))
    for turn in range(1, int(turns.max(initial=0)) + 1):
        rows = np.flatnonzero(turns == turn)
        added[rows] += added[rows - 1]
    return added
