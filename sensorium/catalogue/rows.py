"""Asking for many rows by id."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection

CHUNK = 500
"""Values in one `IN (…)`: SQLite allows 32,766 variables, older builds 999."""

T = TypeVar("T")


_SEEN = "sensorium.seen"


@contextmanager
def looking_once(connection: Connection) -> Iterator[None]:
    """Within, what `seen` reads over this connection is read once."""
    connection.info[_SEEN] = {}
    try:
        yield
    finally:
        del connection.info[_SEEN]


def seen(connection: Connection, what: str, read: Callable[[], int]) -> int:
    """A number that every step of a query asks for; see `looking_once`."""
    held: dict[str, int] | None = connection.info.get(_SEEN)
    if held is None:
        return read()
    if what not in held:
        held[what] = read()
    return held[what]


def number(connection: Connection, statement: str) -> int:
    """What a statement says, 0 where it says nothing. Every query asks some: building each anew takes longer than
    SQLite does to answer."""
    return int(connection.exec_driver_sql(statement).scalar() or 0)


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """The values in lists of at most `CHUNK`."""
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]


AMONG = "(SELECT value FROM json_each(?))"
"""In SQL: the ids that `rows_among` is given."""


def rows_among(connection: Connection, statement: str, ids: Iterable[int]) -> Iterable[Any]:
    """The rows of a statement with `AMONG` in it. What every query asks is written in SQL, for the reason of `number`;
    JSON comes as it is stored."""
    return connection.exec_driver_sql(statement, (json.dumps(list(ids)),))


def rows_by_ids(connection: Connection, query: Any, column: Any, ids: Sequence[int]) -> Iterator[Any]:
    """The rows of the select `query` whose `column` is among `ids`, asked in pieces that fit SQLite's limit."""
    for chunk in chunks(int(i) for i in ids):
        yield from connection.execute(query.where(column.in_(chunk)))
