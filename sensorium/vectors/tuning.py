"""Tunes a new index: how hard it must look, for each selectivity, to find what an exact search finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .effort import BUCKETS, RECALL_AT, Efforts, Trial, least_effort, likely_queries, trial_filters
from .effort import recall as share_found

if TYPE_CHECKING:
    from sensorium.types import Matrix

    from .protocol import Neighbours
    from .snapshot import Snapshot

_QUERIES = 100
_SAMPLE = 4096
_ROWS_AT_ONCE = 1 << 15
_MOST_SPARE = 64
_REFERENCES = 3
"""Vectors that filters by likeness are made with: how much harder a filter makes the search differs between them."""


def aim(recall: float) -> float:
    """What is tuned for where `recall` is asked: half-way to perfect, so that other queries reach it too."""
    return (1 + recall) / 2


def tuned(snapshot: Snapshot, recall: float, report: Callable[[str, int, int], None]) -> Efforts:
    """The efforts that reach the `recall` asked for, with what they reach, on queries made from the vectors.

    Raises the snapshot's number of spare candidates where it must.
    """
    picks = np.random.default_rng(1).choice(len(snapshot), min(_SAMPLE, len(snapshot)), replace=False)
    rows = snapshot.rows[np.sort(picks)].astype(np.float32)
    queries, likeness = likely_queries(rows, _QUERIES), _likeness(snapshot, rows[:_REFERENCES])

    def search(trial: Trial, effort: int) -> Neighbours:
        return snapshot.near(trial.queries, RECALL_AT, trial.allowed, effort)

    wanted = aim(recall)
    everything = Trial(queries, None, snapshot.exact(queries, RECALL_AT, None).ids)
    while (
        snapshot.spare < _MOST_SPARE
        and share_found(search(everything, snapshot.most_effort).ids, everything.expected) < wanted
    ):
        snapshot.spare *= 2  # the codes are too coarse for so few candidates: no effort would help
    efforts, reached = {}, {}
    for step, selectivity in enumerate(BUCKETS):
        report("tuning", step, len(BUCKETS))
        trials = [
            Trial(queries, allowed, snapshot.exact(queries, RECALL_AT, allowed).ids)
            for allowed in trial_filters(np.asarray(snapshot.ids), likeness, selectivity)
        ]
        efforts[selectivity], reached[selectivity] = least_effort(trials, wanted, snapshot.most_effort, search)
    return Efforts(efforts, reached)


def _likeness(snapshot: Snapshot, some: Matrix) -> Matrix:
    """float32[r, n]: cosines of every stored vector with each of `some`, float32[r, d]."""
    pieces = (snapshot.rows[start : start + _ROWS_AT_ONCE] for start in range(0, len(snapshot), _ROWS_AT_ONCE))
    return np.concatenate([some @ piece.astype(np.float32).T for piece in pieces], axis=1)
