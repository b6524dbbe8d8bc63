"""The reference: every vector looked at, with NumPy alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from sensorium.errors import IndexUnreadable

from .rows import NOTHING, best, checked_batch, checked_ids, checked_k, checked_rows, cosines, nothing, rounding
from .sealed import check_seal, write_sealed

if TYPE_CHECKING:
    from sensorium.types import Matrix

    from .protocol import Ids, Neighbours

_QUERIES_AT_ONCE = 256
_SCORES_AT_ONCE = 1 << 22  # 16 MiB of float32 scores at a time, however large the index is


class ExactIndex:
    """A `VectorIndex` in memory: 4 × dimension + 8 bytes for each vector, and at most as much spare."""

    def __init__(self, dimension: int) -> None:
        if dimension < 1:
            raise ValueError(f"dimension: {dimension} is not positive.")
        self._dimension = dimension
        self._size = 0
        self._ids: Ids = np.empty(0, np.int64)
        self._rows: Matrix = np.empty((0, dimension), np.float32)

    @property
    def dimension(self) -> int:
        return self._dimension

    def __len__(self) -> int:
        return self._size

    def ids(self) -> Ids:
        return np.sort(self._ids[: self._size])

    def add(self, ids: Ids, vectors: Matrix) -> None:
        keys, rows = checked_batch(ids, vectors, self._dimension)
        self.remove(keys)
        self._make_room(len(keys))
        end = self._size + len(keys)
        self._ids[self._size : end], self._rows[self._size : end] = keys, rows
        self._size = end

    def remove(self, ids: Ids) -> None:
        kept = np.flatnonzero(~np.isin(self._ids[: self._size], checked_ids(ids)))
        if len(kept) < self._size:
            self._ids, self._rows, self._size = self._ids[kept], self._rows[kept], len(kept)

    def search(self, queries: Matrix, k: int, *, allowed: Ids | None = None, exact: bool | None = None) -> Neighbours:
        del exact  # there is no other way here
        wanted, k = checked_rows(queries, self._dimension, "queries"), checked_k(k)
        places = None if allowed is None else np.flatnonzero(np.isin(self._ids[: self._size], checked_ids(allowed)))
        answer = nothing(len(wanted), k)
        for start in range(0, len(wanted), _QUERIES_AT_ONCE):
            part = slice(start, start + _QUERIES_AT_ONCE)
            found = self._search_some(wanted[part], k, places)
            answer.ids[part], answer.scores[part] = found.ids, found.scores
        return answer

    def cost(self, kept: int | None = None, *, exact: bool = False) -> float:
        del exact
        return float(self._size if kept is None else min(kept, self._size))

    def _search_some(self, queries: Matrix, k: int, places: Ids | None) -> Neighbours:
        """Block after block: what may be among the k best is scored anew and merged with the best so far."""
        found = nothing(len(queries), k)
        total = self._size if places is None else len(places)
        block = max(1024, _SCORES_AT_ONCE // len(queries))
        for start in range(0, total, block) if k else ():
            inside = np.arange(start, min(start + block, total)) if places is None else places[start : start + block]
            rows = self._rows[start : start + len(inside)] if places is None else self._rows[inside]
            chosen = _candidates(queries @ rows.T, found.scores[:, -1], k, rounding(self._dimension))
            scores = np.stack([cosines(query, rows[row]) for query, row in zip(queries, chosen, strict=True)])
            ids = self._ids[inside[chosen]]
            found = best(np.hstack([found.ids, ids]), np.hstack([found.scores, scores]), k)
        return found

    def _make_room(self, more: int) -> None:
        needed = self._size + more
        if needed > len(self._ids):
            spare = max(needed, 2 * self._size) - self._size  # doubling, so that many small additions stay cheap
            self._ids = np.concatenate([self._ids[: self._size], np.full(spare, NOTHING, np.int64)])
            self._rows = np.concatenate([self._rows[: self._size], np.empty((spare, self._dimension), np.float32)])

    def save(self, path: Path) -> None:
        write_sealed(path, self._write)

    def _write(self, path: Path) -> None:
        with path.open("wb") as file:
            np.save(file, self._ids[: self._size], allow_pickle=False)
            np.save(file, self._rows[: self._size], allow_pickle=False)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The index that was saved to `path`. Raises `IndexUnreadable` for a missing, torn or foreign file."""
        check_seal(path)
        try:
            with path.open("rb") as file:
                ids, rows = np.load(file, allow_pickle=False), np.load(file, allow_pickle=False)
            index = cls(rows.shape[1])
            if not (ids.dtype == np.int64 and rows.dtype == np.float32 and ids.shape == rows.shape[:1]):
                raise ValueError(f"{ids.dtype}{list(ids.shape)} and {rows.dtype}{list(rows.shape)}")
        except (ValueError, EOFError, IndexError) as error:
            raise IndexUnreadable(path, f"it holds no exact index ({error})") from error
        index._ids, index._rows, index._size = ids, rows, len(ids)
        return index


def _candidates(scores: Matrix, floor: Matrix, k: int, margin: float) -> Ids:
    """int64[q, m]: the places in `scores`[q, n] of all that may be among the k best of each query, and maybe of others.

    `floor`[q] is what it takes to be among the best already found. Scores within `margin` are taken for equal.
    """
    count = scores.shape[1]
    if count <= k:
        return np.broadcast_to(np.arange(count), scores.shape)
    floor = np.maximum(floor, np.partition(scores, count - k, axis=1)[:, count - k])
    width = int((scores >= floor[:, None] - margin).sum(axis=1).max())
    if width in (0, count):
        return np.broadcast_to(np.arange(width), (len(scores), width))
    return np.argpartition(scores, count - width, axis=1)[:, count - width :]
