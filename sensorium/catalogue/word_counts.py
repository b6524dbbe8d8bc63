"""How many segments hold a word. Every query asks, most words come again, and a common one takes as long to count as
to search for."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from sensorium.types import TEXT_CHANNELS, Channel

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
        fresh: dict[tuple[Channel, str], int] = {}
        if any((channel, term) not in held for term in terms):
            fresh = _count(connection, [key for key in _asked_too(channel, terms) if key not in held])
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


def _asked_too(channel: Channel, terms: Sequence[str]) -> Iterator[tuple[Channel, str]]:
    """The terms in this channel, and in those that the same query asks for them; only of speech are words asked that
    say nothing alone, which take long to count elsewhere."""
    for other in (channel,) if channel is Channel.SPEECH else TEXT_CHANNELS:
        yield from ((other, term) for term in dict.fromkeys(terms))


def _count(connection: Connection, wanted: Sequence[tuple[Channel, str]]) -> dict[tuple[Channel, str], int]:
    """How many segments hold each, in one statement for so many: a query brings a few new words."""
    counts: dict[tuple[Channel, str], int] = {}
    for some in chunks(wanted):
        asked = ", ".join(_counted(channel, term) for channel, term in some)
        (row,) = connection.exec_driver_sql(f"SELECT {asked}", tuple(term for _, term in some if term))
        counts |= zip(some, row, strict=True)
    return counts


def _counted(channel: Channel, term: str) -> str:
    table = f"words_{channel.value}"
    if not term:
        return f"(SELECT count(*) FROM {table}_docsize)"
    return f"(SELECT count(*) FROM {table} WHERE {table} MATCH ?)"
