"""A trained index as it lies in its file: searched by its codes, scored by the stored vectors, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from .effort import BUCKETS, RECALL, RECALL_AT, bucket
from .protocol import Neighbours
from .recipes import Recipe
from .rows import NOTHING, nothing
from .scan import scan
from .selecting import places_of, selector
from .snapshot_file import Contents, read_contents
from .threads import threads_for

if TYPE_CHECKING:
    from sensorium.types import Matrix

    from .protocol import Ids
    from .stored_rows import StoredRows

_MORE = 64
"""Candidates scored anew beyond those that the recipe spares for each neighbour."""
_EVERY_TIME = 4_000.0
"""What a search with codes costs, in vectors compared, before it looks at any: candidates are fetched and scored."""
_CENTRE = 0.3
"""What comparing the centre of a list costs."""


class Snapshot:
    """The part of an index that is in its file. Threads may search it at once."""

    def __init__(self, contents: Contents, recipe: Recipe, path: Path = Path()) -> None:
        self.path = path
        self.recipe = recipe
        self.ids: Ids = contents.ids
        self.rows: StoredRows = contents.rows
        self.trained_on = int(contents.note.get("trained_on", 0))
        self.wanted = float(contents.note.get("wanted", RECALL))
        self.spare = int(contents.note.get("spare", recipe.spare))
        self.efforts: dict[str, int] = dict(contents.note.get("efforts", {}))
        self.recall: Mapping[str, float] = contents.note.get("recall", {})
        self._trained: Any = contents.trained

    @classmethod
    def open(cls, path: Path, recipe: Recipe, *, checked: bool = False) -> Self:
        """The index in a file. Raises `IndexUnreadable`."""
        return cls(read_contents(path, recipe.name, checked=checked), recipe, path)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def dimension(self) -> int:
        return self.rows.shape[1]

    @property
    def trained(self) -> bool:
        return self._trained is not None

    @property
    def most_effort(self) -> int:
        """Beyond this, looking harder finds nothing more."""
        return self._lists() if self.recipe.lists else len(self)

    def _lists(self) -> int:
        import faiss

        return int(faiss.extract_index_ivf(self._trained).nlist)

    def cost(self, kept: int) -> float:
        """Vectors compared at full width by a search with the codes that `kept` vectors pass the filter of."""
        if not self.trained:
            return float("inf")
        effort = self.effort_for(kept)
        if not self.recipe.lists:  # a graph: every candidate kept looks at its neighbours
            return _EVERY_TIME + effort * 24.0 * self.recipe.weight
        lists = self._lists()
        codes = effort / lists * (kept + 0.1 * len(self))
        return _EVERY_TIME + _CENTRE * lists + codes * self.recipe.weight

    def exact_cost(self, kept: int) -> float:
        return float(min(len(self), kept))

    def effort_for(self, kept: int) -> int:
        return min(self.efforts.get(bucket(kept, len(self)), self.most_effort), self.most_effort)

    def exact(self, queries: Matrix, k: int, allowed: Ids | None) -> Neighbours:
        """Every allowed vector is looked at; `allowed` rises."""
        places = None if allowed is None else places_of(allowed, self.ids)
        return scan(self.ids, self.rows, queries, k, places=places)

    def near(self, queries: Matrix, k: int, allowed: Ids | None, effort: int) -> Neighbours:
        """Candidates by their codes, scored anew. A query that comes by fewer than it could have is scanned for."""
        if allowed is not None and not len(allowed):
            return nothing(len(queries), k)
        options = self.options(effort, None if allowed is None else selector(allowed))
        with threads_for(len(queries)):
            _, candidates = self._trained.search(queries, self.fetched(k), params=options)
        rows = [
            self._scored(query, found[found != NOTHING], k) for query, found in zip(queries, candidates, strict=True)
        ]
        for number, row in enumerate(rows):
            if k and row.ids[0, -1] == NOTHING and self._short(row, k, allowed):
                rows[number] = self.exact(queries[number : number + 1], k, allowed)
        return Neighbours(np.vstack([row.ids for row in rows]), np.vstack([row.scores for row in rows]))

    def fetched(self, k: int) -> int:
        """Candidates for k neighbours. What tuning found to be needed holds for the nearest, which it measures."""
        nearest = min(k, RECALL_AT)
        return self.spare * nearest + self.recipe.spare * (k - nearest) + _MORE

    def _short(self, row: Neighbours, k: int, allowed: Ids | None) -> bool:
        reach = len(self) if allowed is None else len(places_of(allowed, self.ids))
        return int((row.ids != NOTHING).sum()) < min(k, reach)

    def _scored(self, query: Matrix, candidates: Ids, k: int) -> Neighbours:
        """Widening half-precision rows takes longer than all else here: a scan does it to the likely ones alone."""
        return scan(self.ids, self.rows, query[None], k, places=places_of(np.sort(candidates), self.ids))

    def options(self, effort: int, chosen: Any = None) -> Any:
        """FAISS's search options: so many lists or candidates, and only what a selector has `chosen`."""
        import faiss

        untyped: Any = faiss  # its stubs lack the arguments that its Python layer adds
        picks = {} if chosen is None else {"sel": chosen}
        if not self.recipe.lists:
            return untyped.SearchParametersHNSW(efSearch=effort, **picks)
        options = untyped.IVFSearchParameters(nprobe=effort, **picks)
        if isinstance(self._trained, faiss.IndexPreTransform):
            return untyped.SearchParametersPreTransform(index_params=options)
        return options

    def known_efforts(self) -> Mapping[str, int]:
        return {name: self.effort_for(len(self) if name == BUCKETS[0] else 0) for name in BUCKETS}
