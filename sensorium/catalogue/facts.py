"""Counts, failures, calibration backgrounds, and facts about the library as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from sensorium.types import Channel, Kind

from . import inscriptions
from .drafts import Failure
from .schema import BackgroundRow, FailureRow, ItemRow, SegmentRow


@dataclass(frozen=True, slots=True)
class Background:
    """Pairs (score, surprise) of one channel, rising: surprise is -log10 of the share of unrelated pairs above."""

    scores: tuple[float, ...]
    surprises: tuple[float, ...]


def backgrounds(connection: Connection) -> dict[tuple[str, str, str], Background]:
    """(modality, channel, matcher) → its background."""
    rows = connection.execute(select(BackgroundRow.__table__))
    return {(r.modality, r.channel, r.matcher): Background(tuple(r.scores), tuple(r.surprises)) for r in rows}


def fact(connection: Connection, name: str) -> str | None:
    found: str | None = connection.exec_driver_sql("SELECT value FROM fact WHERE name = ?", (name,)).scalar()
    return found


def count_items(connection: Connection) -> dict[Kind, int]:
    rows = connection.execute(select(ItemRow.kind, func.count()).group_by(ItemRow.kind))
    return {Kind(kind): count for kind, count in rows}


def count_segments(connection: Connection) -> dict[Channel, int]:
    rows = connection.execute(select(SegmentRow.channel, func.count()).group_by(SegmentRow.channel))
    return {Channel(channel): count for channel, count in rows}


def failures(connection: Connection) -> tuple[Failure, ...]:
    """What could not be read, and where text could not be looked for."""
    rows = connection.execute(select(FailureRow.__table__).order_by(FailureRow.uri))
    unread = tuple(Failure(row.uri, Path(row.path), row.fingerprint, row.reason) for row in rows)
    return unread + inscriptions.problems(connection)
