"""The reference: every vector looked at, with NumPy alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from sensorium.errors import IndexUnreadable

from .rows import NOTHING, checked_batch, checked_ids, checked_k, checked_rows
from .scan import scan
from .sealed import check_seal, write_sealed

if TYPE_CHECKING:
    from sensorium.types import Matrix

    from .protocol import Ids, Neighbours


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
        return scan(self._ids[: self._size], self._rows[: self._size], wanted, k, places=places)

    def cost(self, kept: int | None = None, *, exact: bool = False) -> float:
        del exact
        return float(self._size if kept is None else min(kept, self._size))

    def _make_room(self, more: int) -> None:
        needed = self._size + more
        if needed > len(self._ids):
            spare = max(needed, 2 * self._size) - self._size  # doubling, so that many small additions stay cheap
            self._ids = np.concatenate([self._ids[: self._size], np.full(spare, NOTHING, np.int64)])
            self._rows = np.concatenate([self._rows[: self._size], np.empty((spare, self._dimension), np.float32)])

    def due(self) -> bool:
        return True

    def save(self, path: Path) -> None:
        write_sealed(path, self._write)

    def _write(self, path: Path) -> None:
        with path.open("wb") as file:
            np.save(file, self._ids[: self._size], allow_pickle=False)
            np.save(file, self._rows[: self._size], allow_pickle=False)

    @classmethod
    def load(cls, path: Path, *, checked: bool = False) -> Self:
        """The index that was saved to `path`. Raises `IndexUnreadable` for a missing, torn or foreign file."""
        if not checked:
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
