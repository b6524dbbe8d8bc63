"""Sets of ids as FAISS and NumPy look things up in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .protocol import Ids

_BITMAP_BELOW = 1 << 27  # highest id for which a bit per id (at most 16 MiB) is used; above it, a hash set


def ascending(ids: Ids) -> Ids:
    """The ids in rising order, each once. Those that are so already cost one look."""
    return ids if bool((ids[1:] > ids[:-1]).all()) else np.unique(ids)


def selector(ids: Ids) -> Any:
    """FAISS's selector of these ids (ascending, at least one)."""
    import faiss

    untyped: Any = faiss  # its stubs lack the arguments that its Python layer adds
    if ids[-1] >= _BITMAP_BELOW:
        return faiss.IDSelectorBatch(ids)
    bits = np.zeros(int(ids[-1]) + 1, np.bool_)
    bits[ids] = True
    return untyped.IDSelectorBitmap(np.packbits(bits, bitorder="little"))


def places_of(wanted: Ids, held: Ids) -> Ids:
    """Where those of `wanted` that are among `held` stand there; both ascending."""
    places = np.searchsorted(held, wanted)
    places = places[places < len(held)] if len(places) and places[-1] == len(held) else places
    found: Ids = places[held[places] == wanted[: len(places)]]
    return found
