"""What is written in pictures, by content: what has been made out, and where it has not been looked for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from sensorium.types import Channel, TextLine

from .drafts import Deciphered, Failure, Inscription, Unread
from .places import library_folder
from .rows import CHUNK
from .schema import InscriptionRow, MediumRow, SegmentRow

_READABLE = ("image/%", "video/%", "application/pdf")


def count_unread(connection: Connection, reader: str) -> int:
    """How many media may hold text and have not been read by this reader."""
    return connection.scalar(select(func.count()).select_from(MediumRow).where(_unread(reader))) or 0


def unread(connection: Connection, reader: str, after: int) -> list[Unread]:
    """The first few of them whose id is larger than `after`, rising."""
    query = select(MediumRow.__table__).where(_unread(reader), MediumRow.id > after).order_by(MediumRow.id)
    media = connection.execute(query.limit(CHUNK)).all()
    spans, folder = _spans(connection, [row.id for row in media]), library_folder(connection)
    return [
        Unread(row.id, row.item_id, folder / row.path, row.mime, row.content, tuple(spans.get(row.id, ())))
        for row in media
    ]


def deciphered(connection: Connection, content: str, reader: str) -> Deciphered | None:
    """What a reader has made out in a content; None where it never tried."""
    query = select(InscriptionRow.places, InscriptionRow.problem)
    of_both = (InscriptionRow.content == content) & (InscriptionRow.reader == reader)
    row = connection.execute(query.where(of_both)).one_or_none()
    return None if row is None else Deciphered(tuple(map(_from_json, row.places)), row.problem)


def problems(connection: Connection) -> tuple[Failure, ...]:
    """Media whose text could not be read by the reader that tried last."""
    query = (
        select(MediumRow.path, InscriptionRow.problem)
        .join(InscriptionRow, InscriptionRow.content == MediumRow.content)
        .where(InscriptionRow.reader == MediumRow.read_by, InscriptionRow.problem != "")
        .order_by(MediumRow.path)
    )
    folder = library_folder(connection)
    return tuple(Failure(f"{path}#text", folder / path, "", problem) for path, problem in connection.execute(query))


def as_json(inscription: Inscription) -> dict[str, Any]:
    """How an inscription stands in the catalogue."""
    return {
        "where": [inscription.start_s, inscription.end_s, inscription.page],
        "lines": [[line.text, list(line.box), line.confidence] for line in inscription.lines],
    }


def _from_json(place: dict[str, Any]) -> Inscription:
    lines = (TextLine(text, tuple(box), confidence) for text, box, confidence in place["lines"])
    return Inscription(tuple(lines), *place["where"])


def _unread(reader: str) -> ColumnElement[bool]:
    return or_(*(MediumRow.mime.like(mime) for mime in _READABLE)) & MediumRow.read_by.is_distinct_from(reader)


def _spans(connection: Connection, media: list[int]) -> dict[int, list[tuple[float, float]]]:
    """The spans of the stills of each medium that is a film, in order of time."""
    found: dict[int, list[tuple[float, float]]] = {}
    table = SegmentRow.__table__
    query = select(table.c.medium_id, table.c.start_s, table.c.end_s).order_by(table.c.start_s)
    of_films = (table.c.channel == Channel.FRAME) & table.c.medium_id.in_(media)
    for medium_id, start_s, end_s in connection.execute(query.where(of_films)):
        found.setdefault(medium_id, []).append((start_s, end_s))
    return found
