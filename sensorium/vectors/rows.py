"""What every index shares: checking rows, and the scores and order that make all indexes answer alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .protocol import Neighbours

if TYPE_CHECKING:
    from sensorium.types import Matrix

    from .protocol import Ids

UNIT_TOLERANCE = 1e-3  # the catalogue keeps vectors as float16, which moves a length by at most 5e-4
NOTHING = -1
_SCORED_AT_ONCE = 8192


def checked_ids(ids: npt.ArrayLike, what: str = "ids") -> Ids:
    """int64[n]. Raises `ValueError` for anything that is not a list of non-negative integers."""
    array = np.asarray(ids)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(f"{what}: expected int64[n], got {array.dtype}{list(array.shape)}.")
    if array.size and array.min() < 0:
        raise ValueError(f"{what}: {array.min()} is negative; an id is 0 or more.")
    return array.astype(np.int64, copy=False)


def checked_rows(vectors: npt.ArrayLike, dimension: int, what: str) -> Matrix:
    """float32[n, dimension], contiguous. Raises `ValueError`, naming the first row that is no unit vector."""
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] != dimension:
        raise ValueError(f"{what}: expected float32[n, {dimension}], got shape {list(rows.shape)}.")
    if len(rows) == 1 and abs(math.sqrt(np.vdot(rows, rows)) - 1) <= UNIT_TOLERANCE:  # one query: spare it the arrays
        return rows
    lengths = np.sqrt(np.einsum("nd,nd->n", rows, rows))
    wrong = ~(np.abs(lengths - 1) <= UNIT_TOLERANCE)  # written so that NaN counts as wrong
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"{what}: row {row} has length {lengths[row]:.6g}, expected 1. Divide it by its length first.")
    return rows


def checked_batch(ids: npt.ArrayLike, vectors: npt.ArrayLike, dimension: int) -> tuple[Ids, Matrix]:
    """The pairs to add, ids ascending; of an id given twice the last row."""
    keys, rows = checked_ids(ids), checked_rows(vectors, dimension, "vectors")
    if len(keys) != len(rows):
        raise ValueError(f"vectors: expected a row for each of {len(keys)} ids, got {len(rows)} rows.")
    unique, last = np.unique(keys[::-1], return_index=True)
    return unique, rows[len(keys) - 1 - last]


def checked_k(k: int) -> int:
    if k < 0:
        raise ValueError(f"k: {k} is negative; expected the number of neighbours wanted.")
    return k


def rounding(dimension: int) -> float:
    """How much lower than another a float32 inner product may come out although it is the higher one, or equal.

    Each is off by at most dimension × 2⁻²⁴ × |a| × |b| (Higham, Accuracy and Stability, 3.1), in whatever order
    a library adds up; the lengths are 1 within `UNIT_TOLERANCE`.
    """
    return 2 * dimension * 2.0**-24 * (1 + UNIT_TOLERANCE) ** 2


def cosines(query: Matrix, rows: Matrix) -> Matrix:
    """float32[m]: inner products of one query[d] with rows[m, d], added up in float64.

    Each depends on nothing but its two vectors, so that equal vectors score equally wherever they stand, which
    BLAS and FAISS do not promise.
    """
    wide = query.astype(np.float64)
    if len(rows) <= _SCORED_AT_ONCE:
        found: Matrix = np.einsum("md,d->m", rows.astype(np.float64), wide).astype(np.float32)
        return found
    scores = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _SCORED_AT_ONCE):
        part = slice(start, start + _SCORED_AT_ONCE)
        scores[part] = np.einsum("md,d->m", rows[part].astype(np.float64), wide)
    return scores


def best(ids: Ids, scores: Matrix, k: int) -> Neighbours:
    """The k best of each row of `ids` and `scores` [q, m], best first, equal ones by id, short rows padded."""
    if len(ids) == 1:  # nearly always: picking by one list of places takes a fifth of picking along an axis
        one = np.lexsort((ids[0], -scores[0]))[:k]
        ids, scores = ids[0, one][None], scores[0, one][None]
    else:
        order = np.lexsort((ids, -scores), axis=-1)[:, :k]
        ids, scores = np.take_along_axis(ids, order, axis=1), np.take_along_axis(scores, order, axis=1)
    if ids.shape[1] == k:
        return Neighbours(ids, scores)
    padded = nothing(len(ids), k)
    padded.ids[:, : ids.shape[1]], padded.scores[:, : ids.shape[1]] = ids, scores
    return padded


def nothing(queries: int, k: int) -> Neighbours:
    """The answer of an empty index."""
    return Neighbours(ids=np.full((queries, k), NOTHING, np.int64), scores=np.full((queries, k), -np.inf, np.float32))
