"""Builds the file of a trained index: rows to disk, training on a sample, codes, tuning, all of it in flat memory."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .gpu import clustering_on_gpu
from .recipes import LEAST_TRAINED, POINTS_A_LIST, Recipe, lists_for, make
from .selecting import places_of
from .snapshot import Snapshot
from .snapshot_file import Contents, RowsDraft, write_contents
from .tuning import tuned

if TYPE_CHECKING:
    from sensorium.types import Matrix

    from .protocol import Batch, Ids, Report
    from .stored_rows import StoredRows

_ROWS_AT_ONCE = 1 << 13


def silent(_step: str, _done: int, _of: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An index whose training stays: `gone` ids leave its codes, `fresh` ones are encoded."""

    snapshot: Snapshot
    gone: Ids
    fresh: Ids


def build(
    path: Path, recipe: Recipe, batches: Iterable[Batch], *, dimension: int, recall: float,
    kept: Kept | None = None, report: Report = silent,
) -> None:  # fmt: skip
    """Write an index of all `batches`, whose ids rise, to `path`, at one stroke.

    It is trained on a sample and tuned to the `recall` asked for, unless the training of one is `kept`.
    """
    draft = RowsDraft(path.parent, f"{path.name}.{uuid.uuid4().hex}", dimension)
    try:
        draft.write(batches)
        note: dict[str, Any] = {"kind": recipe.name, "wanted": recall}
        trained = None
        if kept is not None:
            trained = _extended(kept, draft, report)
            old = kept.snapshot
            note |= {"trained_on": old.trained_on, "spare": old.spare}
            note |= {"efforts": old.efforts, "recall": dict(old.recall)}
        elif draft.count >= LEAST_TRAINED:
            trained = _trained(recipe, draft, report)
            made = Snapshot(Contents(trained, *draft.opened(), {}), recipe)
            efforts = tuned(made, recall, report)
            note |= {"trained_on": draft.count, "spare": made.spare}
            note |= {"efforts": efforts.values, "recall": efforts.recall}
        report("writing", 0, 1)
        write_contents(path, trained, draft, note)
    finally:
        draft.drop()


def _trained(recipe: Recipe, draft: RowsDraft, report: Report) -> Any:
    """FAISS's index of every row, trained on a sample of them."""
    ids, rows = draft.opened()
    index = make(recipe, rows.shape[1], len(ids))
    size = min(len(ids), POINTS_A_LIST * lists_for(len(ids)))
    sample = np.sort(np.random.default_rng(0).choice(len(ids), size, replace=False))
    report("training", 0, 1)
    with clustering_on_gpu(index):
        index.train(_chosen(rows, sample))
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        report("encoding", start, len(ids))
        piece = slice(start, start + _ROWS_AT_ONCE)
        index.add_with_ids(rows[piece].astype(np.float32), np.asarray(ids[piece]))
    return index


def _chosen(rows: StoredRows, places: Ids) -> Matrix:
    """float32[n, d]: rows at rising places. Read block by block: fetched one by one they would stay mapped, with all
    their neighbours, and be held twice."""
    chosen = np.empty((len(places), rows.shape[1]), np.float32)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        first, last = np.searchsorted(places, (start, start + _ROWS_AT_ONCE))
        chosen[first:last] = rows[start : start + _ROWS_AT_ONCE][places[first:last] - start]
    return chosen


def _extended(kept: Kept, draft: RowsDraft, report: Report) -> Any:
    """The kept index without what is gone, with what is fresh."""
    import faiss

    index = faiss.read_index(str(kept.snapshot.path))  # into memory: what is mapped cannot be changed
    if len(kept.gone):
        index.remove_ids(faiss.IDSelectorBatch(kept.gone))
    ids, rows = draft.opened()
    places = places_of(kept.fresh, ids)
    for start in range(0, len(places), _ROWS_AT_ONCE):
        report("encoding", start, len(places))
        piece = places[start : start + _ROWS_AT_ONCE]
        index.add_with_ids(rows[piece].astype(np.float32), np.asarray(ids[piece]))
    return index
