"""Indexes for many vectors: a trained part in a file, what came since beside it, and a list of what is gone.

Adding and removing touch only the small parts, which are searched exactly. Saving joins all of it into a new file, and
trains anew only where the vectors have doubled since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .building import Kept, build, silent
from .effort import RECALL, Efforts, Trial, least_effort
from .faiss_index import FaissIndex
from .recipes import RECIPES, Recipe
from .rows import best, checked_batch, checked_ids, checked_k, checked_rows
from .selecting import ascending, places_of
from .snapshot import Snapshot

if TYPE_CHECKING:
    from sensorium.types import Matrix

    from .protocol import Batch, Ids, Neighbours, Report

_DUE_SHARE, _DUE_LEAST = 0.02, 2_000
"""Saving is due when so many vectors, by share and by number, have come or gone since the file was written."""
_OUTGROWN = 2.0
"""Trained anew when there are so many times the vectors that it was trained for."""
_ROWS_AT_ONCE = 1 << 15


@dataclass(frozen=True, slots=True)
class TrainedType:
    """An `IndexType`: how indexes of one recipe are made, opened and built."""

    recipe: Recipe

    def __call__(self, dimension: int) -> TrainedIndex:
        return TrainedIndex(self, dimension, None)

    def load(self, path: Path, *, checked: bool = False) -> TrainedIndex:
        """The index that was saved to `path`, mapped. Raises `IndexUnreadable`."""
        snapshot = Snapshot.open(path, self.recipe, checked=checked)
        return TrainedIndex(self, snapshot.dimension, snapshot)

    def build(
        self, path: Path, dimension: int, batches: Iterable[Batch], *, recall: float = RECALL, report: Report = silent
    ) -> None:
        """Write an index of all `batches`, whose ids rise, to `path`, without holding their vectors in memory."""
        build(path, self.recipe, batches, dimension=dimension, recall=recall, report=report)


class TrainedIndex:
    """A `VectorIndex` that may miss a neighbour, as seldom as its efforts were tuned to; its scores are exact."""

    def __init__(self, made_by: TrainedType, dimension: int, snapshot: Snapshot | None) -> None:
        self._made_by = made_by
        self._tail = FaissIndex(dimension)
        self._snapshot = snapshot
        self._dead: Ids = np.empty(0, np.int64)
        self._alive: Ids | None = None

    @property
    def dimension(self) -> int:
        return self._tail.dimension

    def __len__(self) -> int:
        return len(self._tail) + self._old()

    def _old(self) -> int:
        return 0 if self._snapshot is None else len(self._snapshot) - len(self._dead)

    def ids(self) -> Ids:
        return np.union1d(self._living(), self._tail.ids())

    def add(self, ids: Ids, vectors: Matrix) -> None:
        keys, rows = checked_batch(ids, vectors, self.dimension)
        self._bury(keys)
        self._tail.add(keys, rows)

    def remove(self, ids: Ids) -> None:
        gone = checked_ids(ids)
        self._bury(gone)
        self._tail.remove(gone)

    def _bury(self, ids: Ids) -> None:
        if self._snapshot is None or not len(ids):
            return
        known = np.asarray(self._snapshot.ids[places_of(np.unique(ids), self._snapshot.ids)])
        if len(known):
            self._dead, self._alive = np.union1d(self._dead, known), None

    def _living(self) -> Ids:
        """Ids of the snapshot that are neither removed nor replaced."""
        if self._snapshot is None:
            return np.empty(0, np.int64)
        if self._alive is None:
            self._alive = np.setdiff1d(self._snapshot.ids, self._dead, assume_unique=True)
        return self._alive

    def search(self, queries: Matrix, k: int, *, allowed: Ids | None = None, exact: bool | None = None) -> Neighbours:
        wanted, k = checked_rows(queries, self.dimension, "queries"), checked_k(k)
        keys = None if allowed is None else ascending(checked_ids(allowed))
        if self._snapshot is None or not self._old() or not len(wanted):
            return self._tail.search(wanted, k, allowed=keys)
        old = self._search_old(self._snapshot, wanted, k, keys, exact)
        if not len(self._tail):
            return old
        recent = self._tail.search(wanted, k, allowed=keys)
        return best(np.hstack([old.ids, recent.ids]), np.hstack([old.scores, recent.scores]), k)

    def _search_old(
        self, snapshot: Snapshot, queries: Matrix, k: int, keys: Ids | None, exact: bool | None
    ) -> Neighbours:
        kept = self._old() if keys is None else len(keys)
        if len(self._dead):
            keys = self._living() if keys is None else np.setdiff1d(keys, self._dead, assume_unique=True)
        if exact or not snapshot.trained or (exact is None and snapshot.exact_cost(kept) <= snapshot.cost(kept)):
            return snapshot.exact(queries, k, keys)
        return snapshot.near(queries, k, keys, snapshot.effort_for(kept))

    def cost(self, kept: int | None = None, *, exact: bool = False) -> float:
        left = len(self) if kept is None else min(kept, len(self))
        recent = float(min(left, len(self._tail)))
        if self._snapshot is None:
            return recent
        old = min(left, self._old())
        scanned = self._snapshot.exact_cost(old)
        return recent + (scanned if exact else min(scanned, self._snapshot.cost(old)))

    # tuning ----------------------------------------------------------------------------------------------------

    @property
    def efforts(self) -> Efforts | None:
        """How hard it looks, by selectivity; None where every search is exact."""
        if self._snapshot is None or not self._snapshot.trained:
            return None
        return Efforts(self._snapshot.known_efforts(), self._snapshot.recall)

    def set_effort(self, selectivity: str, effort: int) -> None:
        """Look so hard from now on, until the file is written anew."""
        if self._snapshot is not None and self._snapshot.trained:
            self._snapshot.efforts[selectivity] = min(max(1, effort), self._snapshot.most_effort)

    def tune(self, selectivity: str, trials: Sequence[Trial], wanted: float) -> tuple[int, float]:
        """Set the least effort that reaches the recall `wanted` in every trial; return it and the recall there."""
        snapshot = self._snapshot
        if snapshot is None or not snapshot.trained:
            return 0, 1.0

        def search(trial: Trial, effort: int) -> Neighbours:
            return snapshot.near(trial.queries, trial.expected.shape[1], trial.allowed, effort)

        effort, reached = least_effort(trials, wanted, snapshot.most_effort, search)
        self.set_effort(selectivity, effort)
        return effort, reached

    # saving ----------------------------------------------------------------------------------------------------

    def due(self) -> bool:
        """Whether enough has changed since the file was written that writing it anew is worth the time."""
        changed = len(self._tail) + len(self._dead)
        return self._snapshot is None or changed >= max(_DUE_LEAST, _DUE_SHARE * len(self))

    def save(self, path: Path, *, report: Report = silent) -> None:
        """Join everything into one file at `path`."""
        recipe, old, kept = self._made_by.recipe, self._snapshot, None
        if old is not None and old.trained and recipe.lists and len(self) <= _OUTGROWN * old.trained_on:
            kept = Kept(old, self._dead, self._tail.ids())
        build(
            path, recipe, self._batches(), dimension=self.dimension, recall=old.wanted if old else RECALL, kept=kept,
            report=report,
        )  # fmt: skip

    def _batches(self) -> Iterator[Batch]:
        """Everything, in the order of ids, a few thousand vectors at a time."""
        ids = self.ids()
        recent = self._tail.ids()
        for start in range(0, len(ids), _ROWS_AT_ONCE):
            piece = ids[start : start + _ROWS_AT_ONCE]
            rows = np.empty((len(piece), self.dimension), np.float32)
            new = np.isin(piece, recent)
            rows[new] = self._tail.vectors(piece[new])
            if self._snapshot is not None:
                rows[~new] = self._snapshot.rows[places_of(piece[~new], self._snapshot.ids)]
            yield piece, rows


IVF_RABITQ, IVF_SQ8, IVF_PQ, HNSW = (TrainedType(RECIPES[name]) for name in ("ivf-rabitq", "ivf-sq8", "ivf-pq", "hnsw"))
"""What the registry knows them by."""
