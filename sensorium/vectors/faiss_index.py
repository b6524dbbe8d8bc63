"""FAISS behind the same protocol, with the exact index's ids and scores."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sensorium.errors import IndexUnreadable

from .flat_rows import FlatRows, only
from .gpu import GPU_K, gpus, on_gpu
from .protocol import Neighbours
from .rows import NOTHING, best, checked_batch, checked_ids, checked_k, checked_rows, cosines, nothing, rounding
from .sealed import check_seal, write_sealed

if TYPE_CHECKING:
    from sensorium.types import Matrix

    from .protocol import Ids

_SPARE = 8  # neighbours fetched beyond k, so that a usual near tie needs no second search


class FaissIndex:
    """A `VectorIndex` on FAISS's flat inner-product index.

    FAISS breaks ties by position and rounds each score differently with the batch size. So more than k are
    fetched, until the last one lies below the k-th by more than rounding can account for, and those are scored
    and ordered anew: ids and scores are the exact index's, however many vectors tie.
    """

    def __init__(self, dimension: int) -> None:
        import faiss

        if dimension < 1:
            raise ValueError(f"dimension: {dimension} is not positive.")
        self._dimension = dimension
        self._margin = rounding(dimension)
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._highest = NOTHING
        self._rows: FlatRows | None = None  # None where they have changed since they were looked at
        self._on_gpu: Any = None
        self._copying = threading.Lock()

    @property
    def dimension(self) -> int:
        return self._dimension

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def make_room(self, count: int) -> None:
        """Let so many vectors come without moving those that are there, which takes twice their memory for a moment."""
        import faiss

        flat: Any = faiss.downcast_index(self._index.index)
        codes = flat.codes
        held = codes.size()
        codes.resize(max(held, count * self.dimension * np.dtype(np.float32).itemsize))
        codes.resize(held)  # the room stays
        self._rows = None

    def ids(self) -> Ids:
        return np.sort(self._held())

    def add(self, ids: Ids, vectors: Matrix) -> None:
        keys, rows = checked_batch(ids, vectors, self.dimension)
        if not len(keys):
            return
        if keys[0] <= self._highest:  # ids from a catalogue ascend: new ones cost no look at the old ones
            self.remove(keys)
        self._index.add_with_ids(rows, keys)
        self._rows = self._on_gpu = None
        self._highest = max(self._highest, int(keys[-1]))

    def remove(self, ids: Ids) -> None:
        import faiss

        held = self._held()
        known = held[np.isin(held, checked_ids(ids))]
        if len(known):
            self._index.remove_ids(faiss.IDSelectorBatch(known))
            self._rows = self._on_gpu = None

    def search(self, queries: Matrix, k: int, *, allowed: Ids | None = None, exact: bool | None = None) -> Neighbours:
        del exact  # a flat index always is
        wanted, k = checked_rows(queries, self._dimension, "queries"), checked_k(k)
        keys, held = None if allowed is None else checked_ids(allowed), self._rows_held()
        places = None if keys is None else held.places(keys)
        reach = len(held.ids if places is None else places)
        if not (k and len(wanted) and reach):
            return nothing(len(wanted), k)
        options = None if places is None else only(places)
        found = self._near(held, wanted, min(k + _SPARE, reach), options)
        each = zip(wanted, *found, strict=True)
        settled = [self._settle(held, query, k, (scores, at), (reach, options)) for query, scores, at in each]
        if len(settled) == 1:
            return settled[0]
        return Neighbours(np.concatenate([one.ids for one in settled]), np.concatenate([one.scores for one in settled]))

    def cost(self, kept: int | None = None, *, exact: bool = False) -> float:
        del exact
        return float(len(self) if kept is None else min(kept, len(self)))

    def _near(self, held: FlatRows, queries: Matrix, k: int, options: Any) -> tuple[Matrix, Ids]:
        """What FAISS finds: on a GPU where it has one, which neither filters nor counts far."""
        if options is not None or not gpus() or k > GPU_K:
            return held.nearest(queries, k, options)
        with self._copying:  # one at a time: the card's scratch memory is shared
            if self._on_gpu is None:
                self._on_gpu = on_gpu(held.flat)
            found: tuple[Matrix, Ids] = self._on_gpu.search(queries, k)
        return found

    def _settle(
        self, held: FlatRows, query: Matrix, k: int, found: tuple[Matrix, Ids], space: tuple[int, Any]
    ) -> Neighbours:
        """The k best of what FAISS `found`, fetching more where the k-th may be tied with one not yet fetched."""
        (scores, places), (reach, options) = found, space
        while len(places) < reach and scores[-1] >= scores[k - 1] - self._margin:
            more = self._near(held, query[None], min(4 * len(places), reach), options)
            scores, places = more[0][0], more[1][0]
        again = cosines(query, held.rows.take(places, 0))
        return best(held.ids.take(places)[None], again[None], k)

    def _rows_held(self) -> FlatRows:
        rows = self._rows
        if rows is None:
            rows = self._rows = FlatRows(self._index)
        return rows

    def vectors(self, ids: Ids) -> Matrix:
        """float32[n, dimension]: the vectors of `ids`, all of which are held."""
        rows: Matrix = self._index.reconstruct_batch(ids) if len(ids) else np.empty((0, self.dimension), np.float32)
        return rows

    def _held(self) -> Ids:
        import faiss

        held: Ids = faiss.vector_to_array(self._index.id_map)
        return held

    def due(self) -> bool:
        return True

    def save(self, path: Path) -> None:
        write_sealed(path, self._write)

    def _write(self, path: Path) -> None:
        import faiss

        faiss.write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path, *, checked: bool = False) -> Self:
        """The index that was saved to `path`. Raises `IndexUnreadable` for a missing, torn or foreign file."""
        import faiss

        if not checked:
            check_seal(path)
        try:
            loaded = faiss.read_index(str(path))
        except RuntimeError as error:
            raise IndexUnreadable(path, "FAISS cannot read it") from error
        if not isinstance(loaded, faiss.IndexIDMap2) or loaded.metric_type != faiss.METRIC_INNER_PRODUCT:
            raise IndexUnreadable(path, f"it holds a {type(loaded).__name__}, not inner products by id")
        index = cls(loaded.d)
        index._index = loaded
        index._highest = int(index._held().max(initial=NOTHING))
        return index
