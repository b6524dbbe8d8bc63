"""The inside of FAISS's flat index: its ids and rows seen as arrays, and its search without the layers around it.

Of an index of a thousand vectors those layers take longer than the search: translating places into ids wakes threads,
fetching vectors by id looks each up in a hash table, and the Python layer checks and converts what is right already.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .selecting import ascending, places_of, selector
from .threads import threads_for

if TYPE_CHECKING:
    from sensorium.types import Matrix

    from .protocol import Ids


class FlatRows:
    """What an `IndexIDMap2` of an `IndexFlatIP` holds. Not to be used once that has changed.

    `ids` int64[n] and `rows` float32[n, d] are views of FAISS's memory. Threads may share one.
    """

    def __init__(self, index: Any) -> None:
        import faiss

        shape = index.ntotal, index.d
        flat: Any = faiss.downcast_index(index.index)
        self.flat = flat
        self.ids: Ids = np.empty(0, np.int64)
        self.rows: Matrix = np.empty(shape, np.float32)
        if index.ntotal:
            self.ids = faiss.rev_swig_ptr(index.id_map.data(), shape[0])
            self.rows = faiss.rev_swig_ptr(flat.get_xb(), shape[0] * shape[1]).reshape(shape)
        self._owner = index  # of the memory
        self._pointer = faiss.swig_ptr

    @cached_property
    def _rising(self) -> bool:
        return bool((self.ids[1:] > self.ids[:-1]).all())

    def places(self, allowed: Ids) -> Ids:
        """int64[m], rising: where those of `allowed` that are held stand."""
        if self._rising:
            return places_of(ascending(allowed), self.ids)
        return np.flatnonzero(np.isin(self.ids, allowed))

    def nearest(self, queries: Matrix, k: int, options: Any = None) -> tuple[Matrix, Ids]:
        """Scores float32[q, k] and places int64[q, k], as FAISS finds them; k is at most what there is to find."""
        if len(queries) > 1 or options is not None:
            with threads_for(len(queries)):
                found: tuple[Matrix, Ids] = self.flat.search(queries, k, params=options)
            return found
        scores, places = np.empty((1, k), np.float32), np.empty((1, k), np.int64)
        pointer = self._pointer
        # For one query FAISS takes one thread by itself
        self.flat.search_c(1, pointer(queries), k, pointer(scores), pointer(places))
        return scores, places


def only(places: Ids) -> Any:
    """FAISS's search options that look at these places (rising, at least one) alone."""
    import faiss

    untyped: Any = faiss  # its stubs lack the arguments that its Python layer adds
    return untyped.SearchParameters(sel=selector(places))
