"""Addresses of products' pictures that gave none: how often, and when they are to be asked for again."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Select, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from .drafts import OF_PICTURE, Refusal
from .rows import chunks
from .schema import FailureRow, RefusalRow


@dataclass(frozen=True, slots=True)
class PutOff:
    """How many pictures that did not come are left alone for now, and until when the first of them is."""

    pictures: int = 0
    again_at: float | None = None


def told_put_off(put_off: PutOff) -> str:
    """The same in a sentence, with the way to ask at once."""
    pictures = "1 picture of a product" if put_off.pictures == 1 else f"{put_off.pictures} pictures of products"
    when = f"{datetime.fromtimestamp(put_off.again_at or 0.0, UTC).astimezone():%Y-%m-%d %H:%M}"
    return f"{pictures} did not come; asked for again from {when} on, with --retry (and --fetch) at once."


def refusals(connection: Connection, urls: Iterable[str]) -> dict[str, Refusal]:
    """Of those of `urls` that gave no picture when they were last asked for."""
    table = RefusalRow.__table__
    found: dict[str, Refusal] = {}
    for chunk in chunks(urls):
        for row in connection.execute(select(table).where(table.c.url.in_(chunk))):
            found[row.url] = Refusal(*row)
    return found


def put(connection: Connection, refusal: Refusal) -> None:
    """Note one in place of what is noted of its address."""
    values = {name: getattr(refusal, name) for name in Refusal.__slots__}
    statement = upsert(RefusalRow).values(**values)
    connection.execute(statement.on_conflict_do_update(index_elements=["url"], set_=values))


def clear(connection: Connection, urls: Iterable[str]) -> None:
    """Forget those of addresses that have answered."""
    for chunk in chunks(urls):
        connection.execute(delete(RefusalRow).where(RefusalRow.url.in_(chunk)))


def drop_unused(connection: Connection) -> None:
    """Forget those of addresses that no product misses any more."""
    connection.execute(delete(RefusalRow).where(RefusalRow.url.not_in(_missed())))


def put_off(connection: Connection) -> PutOff:
    """What is left alone at this moment."""
    waiting = select(func.count(), func.min(RefusalRow.again_at)).where(RefusalRow.again_at > time.time())
    count, soonest = connection.execute(waiting.where(RefusalRow.url.in_(_missed()))).one()
    return PutOff(count, soonest)


def _missed() -> Select[tuple[str]]:
    place = func.instr(FailureRow.uri, OF_PICTURE)
    return select(func.substr(FailureRow.uri, place + 1)).where(place > 0)
