"""The ranked lists that are joined: the items that one source found, best first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..matches import Calibrated, Source
from .scored import Proofs

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids

    from ..matches import Floats


@dataclass(frozen=True, slots=True, eq=False)
class ItemList:
    """The places of the best matches of n items in what a source found, int64[n], the best item first."""

    found: Calibrated
    places: Ids

    @property
    def source(self) -> Source:
        return self.found.source

    @property
    def items(self) -> Ids:
        return self.found.items[self.places]

    @property
    def surprise(self) -> Floats:
        return self.found.surprise[self.places]

    @property
    def raw(self) -> Floats:
        return self.found.matches.raw[self.places]

    @property
    def ranks(self) -> Ids:
        """int64[n], from 1: of items, where those of matches count segments."""
        return np.arange(1, len(self.places) + 1)

    def proofs(self, calibrated: Floats, contribution: Floats) -> Proofs:
        """What each item's match is worth and adds to its score, float64[n] both."""
        return Proofs(self.found, self.places, calibrated, contribution)


def lists_of(found: Iterable[Calibrated]) -> Iterator[ItemList]:
    """One list for each source that found anything, every item once."""
    for one in found:
        if len(one):
            yield ItemList(one, np.sort(one.first_of_items[1]))
