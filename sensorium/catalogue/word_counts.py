"""How many segments hold a word. Every query asks, most words come again, and a common one takes as long to count as
to search for."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from sqlalchemy import Connection

from sensorium.types import Channel

from .pairs import last_item_change
from .rows import chunks

MOST = 50_000
"""Counts kept; beyond, all are forgotten."""


class WordCounts:
    """The counts of one library, until any item changes. Threads may share one."""

    def __init__(self) -> None:
        self._seq = -1
        self._held: dict[tuple[Channel, str], int] = {}
        self._lock = threading.Lock()

    def of(self, connection: Connection, channel: Channel, terms: Sequence[str]) -> list[int]:
        """For each FTS5 term how many segments of the channel hold it; for the empty one how many have words."""
        held = self._current(last_item_change(connection))
        missing = [term for term in dict.fromkeys(terms) if (channel, term) not in held]
        fresh = {
            (channel, term): count for term, count in zip(missing, _count(connection, channel, missing), strict=True)
        }
        found = [fresh[channel, term] if (channel, term) in fresh else held[channel, term] for term in terms]
        with self._lock:
            if len(held) + len(fresh) > MOST:
                self._held = held = {}
            held.update(fresh)
        return found

    def _current(self, seq: int) -> dict[tuple[Channel, str], int]:
        with self._lock:
            if seq > self._seq:
                self._held, self._seq = {}, seq
            return self._held if seq == self._seq else {}


def _count(connection: Connection, channel: Channel, terms: Sequence[str]) -> list[int]:
    """How many segments hold each, in one statement for so many: a query brings a few new words."""
    table = f"words_{channel.value}"
    matching = f"(SELECT count(*) FROM {table} WHERE {table} MATCH ?)"
    counts: list[int] = []
    for some in chunks(terms):
        asked = ", ".join(matching if term else f"(SELECT count(*) FROM {table}_docsize)" for term in some)
        (row,) = connection.exec_driver_sql(f"SELECT {asked}", tuple(filter(None, some)))
        counts += row
    return counts
