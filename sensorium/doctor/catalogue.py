"""Checks of the database in itself: its pages, its references, and its full text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from sensorium.errors import LibraryError

from .patient import Patient
from .report import Finding, Grade, examples

_OF_AN_INDEX = re.compile(r"(missing from|# of entries in|non-unique entry in) index")
_SAMPLED = 200
"""Segments that are looked for by their own words, in each channel."""


def check_database(patient: Patient) -> Iterator[Finding]:
    """The pages and the indexes of SQLite's own."""
    try:
        with patient.reading() as connection:
            said = [row[0] for row in connection.execute(text("PRAGMA integrity_check(100)"))]
    except LibraryError as error:  # so far gone that SQLite will not look at it
        said = [str(error)]
    if said == ["ok"]:
        return
    of_indexes = all(_OF_AN_INDEX.search(line) for line in said)
    yield Finding(
        "database", Grade.FAULT, len(said), f"SQLite finds {len(said)} faults in sensorium.db.", examples(said),
        "" if of_indexes else "Restore the library from a copy, or index into a new one.",
        _reindex if of_indexes else None,
    )  # fmt: skip


def _reindex(patient: Patient) -> None:
    with patient.changing() as connection:
        connection.execute(text("REINDEX"))


def check_references(patient: Patient) -> Iterator[Finding]:
    """Rows that belong to rows that are gone."""
    with patient.reading() as connection:
        rows = connection.execute(text("PRAGMA foreign_key_check")).all()
    if rows:
        named = [f"{table} {rowid} belongs to a {parent} that is gone" for table, rowid, parent, _ in rows]
        found = [(str(table), int(rowid)) for table, rowid, _, _ in rows if rowid is not None]
        yield Finding(
            "references", Grade.FAULT, len(rows), f"{len(rows)} rows belong to something that is gone.",
            examples(named), mend=partial(_drop_rows, rows=found),
        )  # fmt: skip


def _drop_rows(patient: Patient, *, rows: list[tuple[str, int]]) -> None:
    with patient.changing() as connection:
        for table, rowid in rows:
            connection.execute(text(f'DELETE FROM "{table}" WHERE rowid = :rowid'), {"rowid": rowid})


def check_words(patient: Patient) -> Iterator[Finding]:
    """Each full-text table against the segments of its channel."""
    with patient.reading() as connection:
        tables = connection.execute(
            text("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%fts5%' ORDER BY name")
        ).scalars()
        names = list(tables)
    for table in names:
        problems = [*_torn(patient, table), *_out_of_step(patient, table), *_not_found(patient, table)]
        if problems:
            count = sum(number for number, _ in problems)
            said = "; ".join(what for _, what in problems)
            yield Finding(
                "words", Grade.FAULT, count, f"Full text of the channel {_channel(table)} ({table}): {said}.",
                mend=partial(_refill, table=table),
            )  # fmt: skip


def _channel(table: str) -> str:
    return table.partition("_")[2]


def _torn(patient: Patient, table: str) -> Iterator[tuple[int, str]]:
    """FTS5's own check. It is written as an insertion, and changes nothing."""
    try:
        with patient.reading() as connection:
            connection.execute(text(f"INSERT INTO {table}({table}) VALUES ('integrity-check')"))
            connection.rollback()
    except Exception as error:
        cause = error.__cause__ if isinstance(error.__cause__, DBAPIError) else None
        reason = str(cause.orig) if cause is not None else ""
        if "malformed" not in reason and "corrupt" not in reason:
            if "locked" in reason or "readonly" in reason:
                return  # a writer is at work, or the disk is not to be written: this cannot be told now
            raise
        yield 1, "its index is torn"


def _out_of_step(patient: Patient, table: str) -> Iterator[tuple[int, str]]:
    channel, sizes = _channel(table), f"{table}_docsize"
    missing = patient.ids(
        f"SELECT id FROM segment WHERE channel = :channel AND id NOT IN (SELECT id FROM {sizes})", channel=channel
    )
    left = patient.ids(
        f"SELECT id FROM {sizes} WHERE id NOT IN (SELECT id FROM segment WHERE channel = :channel)", channel=channel
    )
    if len(missing):
        yield len(missing), f"{len(missing)} segments are missing"
    if len(left):
        yield len(left), f"{len(left)} entries belong to no segment"


def _not_found(patient: Patient, table: str) -> Iterator[tuple[int, str]]:
    """Whether a sample of segments is found by the beginning of its own text."""
    query = text(f"SELECT 1 FROM {table} WHERE {table} MATCH :match AND rowid = :id")
    lost = 0
    with patient.reading() as connection:
        rows = connection.execute(
            text(
                "SELECT id, text FROM segment WHERE channel = :channel AND text IS NOT NULL "
                f"AND id IN (SELECT id FROM {table}_docsize) ORDER BY id * 2654435761 % 4294967296 LIMIT :most"
            ),
            {"channel": _channel(table), "most": _SAMPLED},
        ).all()
        for segment_id, words in rows:
            first = next((word for word in words.split() if word.isalnum() and len(word) >= 3), None)
            if first is None:
                continue
            if table.startswith("letters_"):  # without places it knows single trigrams only
                first = first[:3]
            try:
                lost += not connection.execute(query, {"match": f'"{first}"', "id": segment_id}).first()
            except DBAPIError:
                lost += 1
    if lost:
        yield lost, f"{lost} of {len(rows)} sampled segments are not found by their own words"


def _refill(patient: Patient, *, table: str) -> None:
    """Make a table anew from the segments. Its triggers stand on `segment` and stay."""
    with patient.changing() as connection:
        query = text("SELECT sql FROM sqlite_master WHERE name = :name")
        made = connection.execute(query, {"name": table}).scalar_one()
        connection.execute(text(f"DROP TABLE {table}"))
        connection.exec_driver_sql(made)
        connection.execute(
            text(f"INSERT INTO {table}(rowid, text) SELECT id, text FROM segment WHERE channel = :channel"),
            {"channel": _channel(table)},
        )
