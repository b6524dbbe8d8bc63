"""How hard a trained index looks: lists probed, or candidates kept on the way through a graph.

The fewer vectors a filter keeps, the farther away the best of them lie, and the more must be looked at to find them. So
the effort is tuned for three selectivities: no filter, one that keeps about a tenth, one that keeps about a hundredth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from sensorium.types import Matrix

    from .protocol import Ids, Neighbours

ALL, TENTH, HUNDREDTH = "all", "tenth", "hundredth"
BUCKETS = (ALL, TENTH, HUNDREDTH)
RECALL = 0.98
"""The share of the nearest that is to be found, unless another is asked for, among the `RECALL_AT` nearest."""
RECALL_AT = 10
_SHARES = {TENTH: 0.1, HUNDREDTH: 0.01}
_FIRST = 16
_BLENDED = 10


def bucket(kept: int, count: int) -> str:
    """The selectivity that a filter keeping `kept` of `count` vectors is searched with."""
    share = kept / max(count, 1)
    return ALL if share > 0.9 else TENTH if share > 0.03 else HUNDREDTH


@dataclass(frozen=True, slots=True)
class Efforts:
    """FAISS's nprobe or efSearch for each selectivity, and the recall it was measured to reach on the sample."""

    values: Mapping[str, int]
    recall: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """Queries float32[q, d] under one filter, and the ids int64[q, k] that an exact search finds."""

    queries: Matrix
    allowed: Ids | None
    expected: Ids


@runtime_checkable
class Tunable(Protocol):
    """An index that looks as hard as it is told to."""

    @property
    def efforts(self) -> Efforts | None:
        """How hard it looks, by selectivity; None where every search is exact."""
        ...

    def set_effort(self, selectivity: str, effort: int) -> None:
        """Look so hard from now on, until the file is written anew."""
        ...

    def tune(self, selectivity: str, trials: Sequence[Trial], wanted: float) -> tuple[int, float]:
        """Set the least effort that reaches the recall `wanted` in every trial; return it and the recall there."""
        ...


def recall(found: Ids, expected: Ids) -> float:
    """The share of `expected` int64[q, k] that is among `found` in the same row; padding (-1) does not count."""
    there = int((expected >= 0).sum())
    hits = sum(len(np.intersect1d(f, e[e >= 0])) for f, e in zip(found, expected, strict=True))
    return hits / there if there else 1.0


def least_effort(
    trials: Sequence[Trial], wanted: float, most: int, search: Callable[[Trial, int], Neighbours]
) -> tuple[int, float]:
    """The lowest power of two at which every trial reaches the recall `wanted`, and the recall of the worst there."""
    effort = min(_FIRST, most)
    while True:
        worst = min(recall(search(trial, effort).ids, trial.expected) for trial in trials)
        if worst >= wanted or effort >= most:
            return effort, worst
        effort = min(2 * effort, most)


def likely_queries(rows: Matrix, count: int) -> Matrix:
    """float32[count, d]: queries such as people ask, made from stored vectors, float32[n, d].

    A stored vector is no query: it lies in the middle of its own neighbours. A few words are vaguer than what they find
    and lie between many of them, about equally far from each. So does the mean of `_BLENDED` vectors: it takes as many
    lists and as many candidates to find its neighbours as it takes for the names of things among passages
    (benchmarks/million.py), where one moved away from a stored vector takes a quarter.
    """
    picks = np.random.default_rng(0).integers(len(rows), size=(count, _BLENDED))
    blends = rows[picks].mean(axis=1)
    made: Matrix = blends / np.maximum(np.linalg.norm(blends, axis=1, keepdims=True), 1e-6)
    return made


def trial_filters(ids: Ids, likeness: Matrix, selectivity: str) -> list[Ids | None]:
    """Filters: ids by chance, and for each row of `likeness` float32[r, n] to some vector those of the least; no filter
    for `ALL`.

    A filter by kind or folder lies between these: it goes with what is looked for, or against it.
    """
    if selectivity == ALL:
        return [None]
    keep = max(1, int(len(ids) * _SHARES[selectivity]))
    by_chance = np.sort(np.random.default_rng(0).choice(ids, keep, replace=False))
    return [by_chance, *(np.sort(ids[np.argpartition(row, keep - 1)[:keep]]) for row in likeness)]
