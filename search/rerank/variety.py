"""Variety: maximal marginal relevance (Carbonell and Goldstein, 1998).

The next item is the one that best weighs its own relevance against its likeness to those already chosen,
`(1 - variety) * relevance - variety * likeness`. Relevance is the share of the best score, likeness the cosine of what
matched in both, where it lies in one space.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..fusion import Scored
from .likeness import likeness
from .stage import Deadline, Ranked, Scene

if TYPE_CHECKING:
    import numpy.typing as npt

    Order = npt.NDArray[np.int64]
    Values = npt.NDArray[np.float64]

POOL = 100
"""Items that are chosen from; those after them keep their places."""


class Variety:
    """Orders the best items for variety, as far as the query asks for it."""

    name = "variety"
    budget_ms = 50.0

    def prepare(self) -> None:
        """There is nothing to load."""

    def wants(self, scene: Scene) -> bool:
        return scene.query.variety > 0

    def reach(self, _scene: Scene) -> int:
        return POOL

    def rank(self, scored: Sequence[Scored], scene: Scene, _deadline: Deadline) -> Ranked:
        pool = scene.told(scored[:POOL])
        best = max(pool[0].score, 1e-9)
        relevance = np.array([max(0.0, one.score) / best for one in pool])
        order = mmr(relevance, likeness(pool, scene), 1 - scene.query.variety)
        return Ranked([*(pool[place] for place in order), *scored[POOL:]])


def mmr(relevance: Values, likeness: Values, weight: float) -> Order:
    """The order in which to show n items: int64[n], places in `relevance`.

    `relevance` float64[n], falling; `likeness` float64[n, n]; `weight` 0…1 is that of relevance: with 1 nothing
    changes.
    """
    left = np.ones(len(relevance), bool)
    nearest = np.zeros(len(relevance))  # likeness to the nearest item chosen so far
    order = []
    for _ in range(len(relevance)):
        value = np.where(left, weight * relevance - (1 - weight) * nearest, -np.inf)
        place = int(value.argmax())  # the first of equals: the more relevant
        order.append(place)
        left[place] = False
        nearest = np.maximum(nearest, likeness[place])
    return np.array(order, np.int64)
