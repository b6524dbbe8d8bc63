"""Checks of the index files against the catalogue, and the proof that a rebuilt index is equal to an exact search."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from sensorium.catalogue import facts, follow
from sensorium.errors import IndexUnreadable
from sensorium.types import Channel, Space
from sensorium.vectors import index_names
from sensorium.vectors.effort import RECALL_AT, recall
from sensorium.vectors.exact import ExactIndex
from sensorium.vectors.protocol import Neighbours, Report
from sensorium.vectors.rows import best
from sensorium.vectors.sealed import check_seal

from .patient import Patient
from .report import Finding, Grade

if TYPE_CHECKING:
    from sensorium.types import Matrix
    from sensorium.vectors.protocol import Ids

_COMPARED = 500
"""Vectors of an index whose scores are compared with the catalogue's."""
_PROVED = 50
"""Queries that a rebuilt index is proved with."""


def check_indexes(patient: Patient) -> Iterator[Finding]:
    """Every index: its file, its place in the log, its ids, and the scores of a sample."""
    for space, space_id, channel in patient.followed():
        found = _look_at(patient, space, space_id, channel)
        if found is not None:
            grade, count, says = found
            yield Finding(
                "indexes", grade, count, f"Index of the channel {channel} in the space {space.name}: {says}.",
                mend=partial(_rebuild, space=space, channel=channel),
            )  # fmt: skip
    yield from _strangers(patient)


def _look_at(patient: Patient, space: Space, space_id: int, channel: Channel) -> tuple[Grade, int, str] | None:
    cache = patient.library.indexes
    with patient.reading() as connection:
        count = follow.count_vectors(connection, space_id, channel)
        last = follow.last_seq_of(connection, space_id, channel)
        note = cache.files.note(space, channel, facts.fact(connection, "id") or "")
    if note is None:
        return (Grade.NOTE, count, f"it has no file; {count} vectors are read at every start") if count else None
    if note.seq > last:
        return Grade.FAULT, note.seq - last, f"it is {note.seq - last} changes ahead of the catalogue"
    try:
        check_seal(cache.files.path(space, channel, note.kind))
    except IndexUnreadable as error:
        return Grade.FAULT, 1, str(error).partition(". ")[0]
    try:
        return _compare(patient, space, space_id, channel)
    except ValueError as error:  # a damaged vector, which the check of vectors names
        return Grade.FAULT, 1, f"it cannot follow the catalogue: {error}"


def _compare(patient: Patient, space: Space, space_id: int, channel: Channel) -> tuple[Grade, int, str] | None:
    index = patient.library.indexes.current(space, channel).index
    with patient.reading() as connection:
        wanted = np.concatenate(
            [np.empty(0, np.int64), *(ids for ids, _ in follow.vector_batches(connection, space_id, channel))]
        )
        held = index.ids()
        missing, extra = np.setdiff1d(wanted, held), np.setdiff1d(held, wanted)
        if len(missing) or len(extra):
            return Grade.FAULT, len(missing) + len(extra), f"{len(missing)} ids are missing and {len(extra)} too many"
        sample = np.sort(np.random.default_rng(0).permutation(wanted)[:_COMPARED])
        ids, rows = follow.vectors(connection, space_id, channel, sample.tolist())
    wrong = _wrong_scores(index.search(rows[:8], len(ids), allowed=ids, exact=True), ids, rows) if len(ids) else 0
    return (Grade.FAULT, wrong, f"{wrong} of {len(ids)} sampled vectors are not the catalogue's") if wrong else None


def _wrong_scores(found: Neighbours, ids: Ids, rows: Matrix) -> int:
    """How many of `ids` do not score as their vectors should, in any of the queries."""
    wrong = np.zeros(len(ids), bool)
    for query, got_ids, got in zip(rows[:8], found.ids, found.scores, strict=True):
        order = np.argsort(got_ids)
        right = rows.astype(np.float64) @ query.astype(np.float64)
        wrong |= (got_ids[order] != ids) | (np.abs(got[order] - right) > 1e-5)
    return int(wrong.sum())


def _strangers(patient: Patient) -> Iterator[Finding]:
    """Index files that belong to no space and channel of this library."""
    files = patient.library.indexes.files
    known = {files.path(s, c, kind) for s, _, c in patient.followed() for kind in index_names()}
    left = [p for kind in index_names() for p in files.folder.glob(f"*.{kind}") if p not in known]
    if left:
        names = tuple(sorted(path.name for path in left))
        yield Finding(
            "indexes", Grade.NOTE, len(left), f"{len(left)} index files belong to nothing in the catalogue.", names[:5],
            mend=partial(_unlink, names=names),
        )  # fmt: skip


def _unlink(patient: Patient, *, names: tuple[str, ...]) -> None:
    for name in names:
        path = patient.library.indexes.files.folder / name
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)


def _rebuild(patient: Patient, *, space: Space, channel: Channel) -> None:
    patient.library.indexes.rebuild(space, channel)


def rebuild_all(patient: Patient, report: Report | None = None) -> Iterator[str]:
    """Build every index anew, and say for each how it compares with an exact search over the catalogue.

    Raises `IndexUnreadable` for one that is not equal.
    """
    for space, space_id, channel in patient.followed():
        patient.library.indexes.rebuild(space, channel, report)
        yield _proof(patient, space, space_id, channel)


def _proof(patient: Patient, space: Space, space_id: int, channel: Channel) -> str:
    cache = patient.library.indexes
    with patient.reading() as connection:
        note = cache.files.note(space, channel, facts.fact(connection, "id") or "")
    kind = note.kind if note is not None else ""
    where = f"{channel} in {space.name} ({kind or 'empty'})"
    queries = _queries(patient, space_id, channel)
    if not len(queries):
        return f"{where}: no vectors."
    expected = _exact(patient, space_id, channel, queries)
    followed = cache.current(space, channel)
    found = followed.index.search(queries, RECALL_AT, exact=True)
    if not (np.array_equal(found.ids, expected.ids) and np.allclose(found.scores, expected.scores, atol=1e-5)):
        raise IndexUnreadable(cache.files.path(space, channel, kind), "after rebuilding it differs from the catalogue")
    reached = recall(followed.index.search(queries, RECALL_AT).ids, expected.ids)
    return (
        f"{where}: {len(followed.index)} vectors; equal ids and scores in an exact search of {len(queries)} queries; "
        f"recall@{RECALL_AT} as it is used: {reached:.3f}."
    )


def _queries(patient: Patient, space_id: int, channel: Channel) -> Matrix:
    """Vectors of the channel's own, as queries."""
    with patient.reading() as connection:
        for _, rows in follow.vector_batches(connection, space_id, channel):
            picks = np.random.default_rng(0).choice(len(rows), min(_PROVED, len(rows)), replace=False)
            unit: Matrix = rows[picks] / np.linalg.norm(rows[picks], axis=1, keepdims=True)
            return unit
    return np.empty((0, 1), np.float32)


def _exact(patient: Patient, space_id: int, channel: Channel, queries: Matrix) -> Neighbours:
    """The nearest by the catalogue's own vectors, read through batch by batch."""
    found: Neighbours | None = None
    with patient.reading() as connection:
        for ids, rows in follow.vector_batches(connection, space_id, channel):
            batch = ExactIndex(queries.shape[1])
            batch.add(ids, rows)
            near = batch.search(queries, RECALL_AT)
            if found is not None:
                near = best(np.hstack([found.ids, near.ids]), np.hstack([found.scores, near.scores]), RECALL_AT)
            found = near
    assert found is not None  # there are queries only where there are vectors
    return found
