"""Looking at every vector, block after block, so that what is held at once does not grow with the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from .halves import likely_best
from .protocol import Neighbours
from .rows import best, cosines, nothing, rounding

if TYPE_CHECKING:
    from sensorium.types import Matrix

    from .protocol import Ids


class Rows(Protocol):
    """Vectors as an index keeps them, [n, d]: an array, or a file that is read like one."""

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def __getitem__(self, which: Any, /) -> npt.NDArray[Any]: ...


_QUERIES_AT_ONCE = 256
_SCORES_AT_ONCE = 1 << 22  # 16 MiB of float32 scores at a time, however large the index is
_ROWS_AT_ONCE = 1 << 11  # half-precision rows are copied block by block; these fit a processor's cache


def scan(ids: Ids, rows: Rows, queries: Matrix, k: int, *, places: Ids | None = None) -> Neighbours:
    """The k best of `rows` [n, d] for each of `queries` float32[q, d], none missed.

    Row i is the vector of `ids[i]`; `places` int64[m] keeps only these rows.
    """
    answer = nothing(len(queries), k)
    for start in range(0, len(queries), _QUERIES_AT_ONCE):
        part = slice(start, start + _QUERIES_AT_ONCE)
        found = _scan_some(ids, rows, queries[part], k, places)
        answer.ids[part], answer.scores[part] = found.ids, found.scores
    return answer


def _scan_some(ids: Ids, rows: Rows, queries: Matrix, k: int, places: Ids | None) -> Neighbours:
    """Block after block: what may be among the k best is scored anew and merged with the best so far."""
    found = nothing(len(queries), k)
    total = len(ids) if places is None else len(places)
    block = max(1024, _SCORES_AT_ONCE // len(queries))
    if rows.dtype != np.float32:
        block = min(block, _ROWS_AT_ONCE)
    for start in range(0, total, block) if k else ():
        inside = np.arange(start, min(start + block, total)) if places is None else places[start : start + block]
        seen = rows[start : start + len(inside)] if places is None else rows[inside]
        chosen = _may_be_best(seen, queries, k, found.scores[:, -1])
        near = ((query, seen[row].astype(np.float32, copy=False)) for query, row in zip(queries, chosen, strict=True))
        scores = np.stack([cosines(query, wide) for query, wide in near])
        found = best(np.hstack([found.ids, ids[inside[chosen]]]), np.hstack([found.scores, scores]), k)
    return found


def _may_be_best(rows: npt.NDArray[Any], queries: Matrix, k: int, floor: Matrix) -> Ids:
    """int64[q, m]: the places in `rows` of all that may be among the k best of each query; see `_candidates`."""
    if rows.dtype == np.float16:
        likely = likely_best(rows, queries, k, floor)
        if likely is not None:
            return likely
    wide: Matrix = rows.astype(np.float32, copy=False)
    return _candidates(queries @ wide.T, floor, k, rounding(queries.shape[1]))


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
