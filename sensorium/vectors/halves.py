"""Comparing vectors of half precision as they are, at the speed at which they come from memory.

NumPy must widen them first, which takes thirty times as long. FAISS's scalar quantiser of 16-bit floats keeps a vector
as the very bytes that are stored, and compares it with a query in single precision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .rows import rounding
from .threads import threads_for

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.types import Matrix

    from .protocol import Ids

_SPARE = 8
"""Fetched beyond the best, so that a usual near tie needs no second look."""


def likely_best(rows: npt.NDArray[np.float16], queries: Matrix, k: int, floor: Matrix) -> Ids | None:
    """int64[q, m]: places in `rows`[n, d] of all that may be among the k best of each query, and maybe of others.

    `floor`[q] is what it takes to be among the best already found. None where scores lie too close together to tell.
    """
    import faiss

    untyped: Any = faiss  # its stubs lack the arguments that its Python layer adds
    index = untyped.IndexScalarQuantizer(rows.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    index.add_sa_codes(np.ascontiguousarray(rows).view(np.uint8))
    fetched = min(k + _SPARE, len(rows))
    with threads_for(len(queries)):
        scores, places = index.search(queries, fetched)
    sure = np.maximum(floor, scores[:, min(k, fetched) - 1]) - rounding(rows.shape[1])
    return places if fetched == len(rows) or bool((scores[:, -1] < sure).all()) else None
