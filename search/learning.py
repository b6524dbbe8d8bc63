"""Fits the linear combiner to judged queries: `sensorium tune --combiner`; held-out ones say whether it is better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .collect import Collected
from .fusion.combined import Combined, features, learn
from .fusion.weights import Weights
from .measures import intervals
from .tune import FOLDS, success_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

WRONG = 30
"""Wrong items of a query that right ones are held against: those that the channels think most of."""


@dataclass(frozen=True, slots=True)
class Learned:
    """The combiner fitted to all queries; what held-out ones gain by fitting, and the interval of 95 % of resamples."""

    combiner: Combined
    gain: float
    interval: tuple[float, float]

    @property
    def better(self) -> bool:
        """Whether the interval of the gain excludes zero."""
        return self.interval[0] > 0


def learn_combiner(collected: Sequence[Collected], weights: Weights, *, seed: int = 0) -> Learned:
    """Fit and cross-validate. More than `FOLDS` queries are needed, else a `ValueError`."""
    if len(collected) <= FOLDS:
        raise ValueError(f"{len(collected)} judged queries are too few to learn by; at least {FOLDS + 1} are needed")
    pairs = [_pairs(one, weights) for one in collected]
    plain = Combined(weights=weights)
    before = np.array([success_of(one, plain) for one in collected])
    after = np.zeros(len(collected))
    fold_of = np.random.default_rng(seed).permutation(len(collected)) % FOLDS
    for fold in range(FOLDS):
        fitted = learn((rows for rows, own in zip(pairs, fold_of, strict=True) if own != fold), weights)
        for place in np.flatnonzero(fold_of == fold).tolist():
            after[place] = success_of(collected[place], fitted)
    gains = after - before
    low, high = intervals(gains[:, None])[:, 0]
    return Learned(learn(pairs, weights), float(gains.mean()), (float(low), float(high)))


def _pairs(one: Collected, weights: Weights) -> Floats:
    """float64[n, 2 * channels]: the features of right items less those of wrong ones."""
    items, rows = features(one.matches, weights)
    return np.array(list(_differences(one, items.tolist(), rows))).reshape(-1, rows.shape[1])


def _differences(one: Collected, items: Sequence[int], rows: Floats) -> Iterator[Floats]:
    right = [place for place, item in enumerate(items) if item in one.right]
    wrong = [place for place, item in enumerate(items) if item not in one.right and item not in one.excluded]
    hardest = sorted(wrong, key=lambda place: -float(rows[place].sum()))[:WRONG]
    for place in right[:WRONG]:
        yield from rows[place] - rows[hardest]
