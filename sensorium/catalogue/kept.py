"""Rows that were read not long ago, as the nouns that are made of them: many queries find the same ones."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

from sqlalchemy import Connection

from .pairs import last_item_change

T = TypeVar("T")


class Kept(Generic[T]):
    """What `load` made of the rows with these ids, until any item changes. Threads may share one.

    No more than `most` are kept; those that have been here longest go first.
    """

    def __init__(self, load: Callable[[Connection, Sequence[int]], Mapping[int, T]], *, most: int) -> None:
        self._load = load
        self._most = most
        self._held: dict[int, T] = {}
        self._seq = -1
        self._lock = threading.Lock()

    def get(self, connection: Connection, ids: Iterable[int]) -> dict[int, T]:
        """Those that exist among `ids`, by id and in that order."""
        wanted = tuple(ids)
        held = self._current(last_item_change(connection))
        found = {id_: held.get(id_) for id_ in wanted}
        missing = [id_ for id_, value in found.items() if value is None]
        if missing:
            fresh = self._load(connection, missing)
            found |= fresh
            self._keep(held, fresh)
        return {id_: value for id_, value in found.items() if value is not None}

    def _current(self, seq: int) -> dict[int, T]:
        """What is kept of the library as it was at `seq`; a dictionary that nobody else has where that is over."""
        with self._lock:
            if seq > self._seq:
                self._held, self._seq = {}, seq
            return self._held if seq == self._seq else {}

    def _keep(self, held: dict[int, T], fresh: Mapping[int, T]) -> None:
        with self._lock:
            held.update(fresh)
            for id_ in list(islice(held, max(0, len(held) - self._most))):
                del held[id_]
