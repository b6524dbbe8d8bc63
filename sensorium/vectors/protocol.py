"""What the engine asks of a vector index. Every implementation gives the scores of the exact one, and its ids too,
unless it is allowed to miss some."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from sensorium.types import Matrix

    Ids: TypeAlias = npt.NDArray[np.int64]
    """Segment ids, none negative: -1 stands for "nothing here" in `Neighbours`."""
    Batch: TypeAlias = tuple[Ids, Matrix]
    """Ids int64[n], rising, and their vectors float32[n, dimension]."""

Report: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, how far it is, and how far it goes."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Row i answers query i, best first: `ids` int64[q, k], `scores` float32[q, k], cosines.

    Equal scores stand in the order of their ids. Rows with fewer than k answers end in id -1 and score -inf.
    """

    ids: Ids
    scores: Matrix


@runtime_checkable
class VectorIndex(Protocol):
    """Unit vectors by id. A cache of the catalogue: it can be thrown away and rebuilt.

    Any number of threads may search at once; while one adds or removes, no other may do anything.
    Rows of the wrong width, of another length than 1 or with NaN raise `ValueError`, naming the first of them.
    """

    @property
    def dimension(self) -> int: ...

    def __len__(self) -> int: ...

    def add(self, ids: Ids, vectors: Matrix) -> None:
        """`ids` int64[n], `vectors` float32[n, dimension], unit rows. An id already there is replaced.

        Of an id given twice the last row stays. Nothing is added where any row is refused.
        """
        ...

    def remove(self, ids: Ids) -> None:
        """`ids` int64[n]. Unknown ids are ignored."""
        ...

    def search(self, queries: Matrix, k: int, *, allowed: Ids | None = None, exact: bool | None = None) -> Neighbours:
        """The k vectors of highest cosine for each of `queries` float32[q, dimension], unit rows.

        With `allowed`, exactly as if the index held only these ids; unknown ones are ignored.

        Scores are always exact. With `exact` every allowed vector is looked at, so that none is missed; with
        `exact=False` an approximate index may miss some, as seldom as it was tuned to; left open, the index takes
        whichever costs less.
        """
        ...

    def cost(self, kept: int | None = None, *, exact: bool = False) -> float:
        """What one query is expected to cost where a filter keeps `kept` of the vectors (None: no filter).

        Counted in vectors compared at full width, one after the other; with `exact`, that of an exact search. A
        planner compares the two.
        """
        ...

    def ids(self) -> Ids:
        """int64[n], ascending."""
        ...

    def due(self) -> bool:
        """Whether what has changed since it was loaded or saved is worth the time of saving it."""
        ...

    def save(self, path: Path) -> None:
        """Replaces the file at `path` at one stroke: a crash leaves the old file or the new one, never a mixture."""
        ...


class IndexType(Protocol):
    """How an index is made: usually its class."""

    def __call__(self, dimension: int) -> VectorIndex:
        """An empty index for vectors of this width."""
        ...

    def load(self, path: Path, *, checked: bool = False) -> VectorIndex:
        """The index that was saved to `path`. Raises `IndexUnreadable` for a missing, torn or foreign file.

        With `checked` the file is known to be whole, byte for byte, and only its form is looked at.
        """
        ...


@runtime_checkable
class Roomy(Protocol):
    """An index in memory that can be told how many vectors will come."""

    def make_room(self, count: int) -> None: ...


@runtime_checkable
class Buildable(Protocol):
    """An `IndexType` that builds a file from a stream of vectors, so that they need not fit into memory."""

    def build(self, path: Path, dimension: int, batches: Iterable[Batch], *, recall: float, report: Report) -> None:
        """Write an index of all `batches`, whose ids rise, tuned to find the share `recall` of the nearest."""
        ...
