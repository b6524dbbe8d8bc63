"""Checks of vectors: segments against their vectors, and both against the log that indexes follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import func, select, text

from sensorium.catalogue import follow
from sensorium.catalogue.schema import VectorRow
from sensorium.catalogue.writing import Writer, unused_vectors
from sensorium.types import Channel, Space

from .patient import Patient
from .report import Finding, Grade, examples

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids

AGAIN = "After --repair, `sensorium index` on their folders reads them again."
_LENGTH_TOLERANCE = 0.01


def check_vectors(patient: Patient) -> Iterator[Finding]:
    """Damaged vectors, and vectors of nothing."""
    yield from _damaged(patient)
    with patient.reading() as connection:
        unused = connection.scalar(select(func.count()).select_from(VectorRow).where(unused_vectors())) or 0
    if unused:
        yield Finding(
            "vectors", Grade.NOTE, unused, f"{unused} vectors belong to no segment any more.", mend=_drop_unused
        )


def _damaged(patient: Patient) -> Iterator[Finding]:
    """Vectors of a wrong size, with numbers that are none, or of another length than 1."""
    bad: list[tuple[int, str]] = []
    with patient.reading() as connection:
        spaces = {space_id: space for space, space_id in follow.spaces(connection).items()}
        for space_id, space in spaces.items():
            rows = connection.execution_options(yield_per=4096).execute(
                text("SELECT key, data FROM vector WHERE space_id = :space"), {"space": space_id}
            )
            for part in rows.partitions():
                bad += [(space_id, key) for key in _bad_keys(part, space.dimension)]
    if bad:
        yield Finding(
            "vectors", Grade.FAULT, len(bad), f"{len(bad)} vectors are damaged.", examples([key for _, key in bad]),
            mend=partial(_drop_damaged, bad=bad),
        )  # fmt: skip


def _bad_keys(rows: object, dimension: int) -> Iterator[str]:
    whole: list[tuple[str, bytes]] = []
    for key, data in rows:  # type: ignore[attr-defined]  # SQLAlchemy's partitions are sequences of rows
        if len(data) == 2 * dimension:
            whole.append((key, data))
        else:
            yield key
    if whole:
        matrix = np.frombuffer(b"".join(data for _, data in whole), "<f2").reshape(len(whole), dimension)
        lengths = np.linalg.norm(matrix.astype(np.float32), axis=1)
        wrong = ~(np.abs(lengths - 1) <= _LENGTH_TOLERANCE)  # written so that NaN counts as wrong
        yield from (whole[i][0] for i in np.flatnonzero(wrong))


def _drop_unused(patient: Patient) -> None:
    with patient.changing() as connection:
        Writer(connection, {}).drop_unused_vectors()


def _drop_damaged(patient: Patient, *, bad: list[tuple[int, str]]) -> None:
    """What is left are segments without vectors, which the check of the log has read again."""
    with patient.changing() as connection:
        for space_id, key in bad:
            given = {"space": space_id, "key": key}
            connection.execute(text("DELETE FROM vector WHERE space_id = :space AND key = :key"), given)


def check_log(patient: Patient) -> Iterator[Finding]:
    """The log against the segments: what indexes were told, and what they should have been."""
    yield from _numbers(patient)
    for space, space_id, channel in patient.followed():
        told = _told(patient, space_id, channel)
        there = patient.ids(
            "SELECT id FROM segment WHERE channel = :channel AND key != '' ORDER BY id", channel=channel.value
        )
        encoded = patient.ids(
            "SELECT segment.id FROM segment JOIN vector ON vector.space_id = :space AND vector.key = segment.key "
            "WHERE segment.channel = :channel ORDER BY segment.id",
            space=space_id, channel=channel.value,
        )  # fmt: skip
        yield from _compared(space, space_id, channel, (told, there, encoded))


def _compared(space: Space, space_id: int, channel: Channel, sets: tuple[Ids, Ids, Ids]) -> Iterator[Finding]:
    told, there, encoded = sets
    where = f"channel {channel}, space {space.name}"
    bare = np.setdiff1d(np.intersect1d(told, there), encoded)
    gone = np.setdiff1d(told, there)
    untold = np.setdiff1d(encoded, told)
    log = partial(_write_log, space_id=space_id, channel=channel)
    faults: list[tuple[Ids, str, str, Callable[[Patient], None]]] = [
        (bare, "segments have no vector", AGAIN, partial(_again, space_id=space_id, channel=channel, ids=bare)),
        (gone, "segments are gone, and the log does not say so", "", partial(log, ids=gone, added=False)),
        (untold, "segments are not in the log, so that no index finds them", "", partial(log, ids=untold, added=True)),
    ]
    for ids, says, cure, mend in faults:
        if len(ids):
            named = examples([f"segment {i}" for i in ids.tolist()])
            yield Finding("log", Grade.FAULT, len(ids), f"{len(ids)} {says} ({where}).", named, cure, mend)


def _again(patient: Patient, *, space_id: int, channel: Channel, ids: Ids) -> None:
    """Have segments read anew: until then they are found by their words, and no index knows of them.

    Without a key a segment is another than the one that will be read, which so takes its place and is announced.
    """
    _write_log(patient, space_id=space_id, channel=channel, ids=ids, added=False)
    patient.read_again(ids.tolist())


def _numbers(patient: Patient) -> Iterator[Finding]:
    """Numbers that are given twice would let an index miss a change."""
    with patient.reading() as connection:
        last = follow.last_seq(connection)
        given = connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'change'")).scalar()
    if last and (given is None or given < last):
        yield Finding(
            "log", Grade.FAULT, 1, f"The log would give numbers again: it counts from {given}, and {last} is taken.",
            mend=partial(_count_from, last=last),
        )  # fmt: skip


def _count_from(patient: Patient, *, last: int) -> None:
    with patient.changing() as connection:
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = 'change'"))
        connection.execute(text("INSERT INTO sqlite_sequence(name, seq) VALUES ('change', :last)"), {"last": last})


def _told(patient: Patient, space_id: int, channel: Channel) -> Ids:
    """int64[n], rising: the segments that the log says are in an index."""
    return patient.ids(
        "SELECT segment_id FROM (SELECT segment_id, added, max(seq) FROM change "  # SQLite: the row of the maximum
        "WHERE space_id = :space AND channel = :channel GROUP BY segment_id) WHERE added ORDER BY segment_id",
        space=space_id, channel=channel.value,
    )  # fmt: skip


def _write_log(patient: Patient, *, space_id: int, channel: Channel, ids: Ids, added: bool) -> None:
    rows = [{"space": space_id, "channel": channel.value, "id": i, "added": added} for i in ids.tolist()]
    insert = "INSERT INTO change(space_id, channel, segment_id, added) VALUES (:space, :channel, :id, :added)"
    with patient.changing() as connection:
        connection.execute(text(insert), rows)
