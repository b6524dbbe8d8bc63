"""Who works and who waits: as many queries at once as there are cores.

Beyond a query a core, threads only take the interpreter from one another; what waits to be encoded waits for company.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Turns:
    """So many threads work at a time, as many as there are cores where nothing is said; who waits longest is next."""

    def __init__(self, count: int = 0) -> None:
        self._free = count or os.cpu_count() or 1
        self._waiting: deque[threading.Lock] = deque()
        self._mutex = threading.Lock()
        self._thread = threading.local()

    @contextmanager
    def turn(self, before: Callable[[], object]) -> Iterator[None]:
        """Within, this thread works. Where others have all turns, `before` is done before one is waited for."""
        if not self._taken():
            before()
            self._take()
        self._thread.works = True
        try:
            yield
        finally:
            self._thread.works = False
            self._give()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Within, this thread waits for something, and leaves its turn, if it has one, to another."""
        if not getattr(self._thread, "works", False):
            yield
            return
        self._give()
        try:
            yield
        finally:
            self._take()

    def _taken(self) -> bool:
        """Takes a turn that is free and that nobody waits for, if there is one."""
        with self._mutex:
            taken = self._free > 0 and not self._waiting
            self._free -= taken
            return taken

    def _take(self) -> None:
        if self._taken():
            return
        handed = threading.Lock()
        handed.acquire()
        with self._mutex:
            self._waiting.append(handed)
        self._hand_on()
        handed.acquire()

    def _give(self) -> None:
        with self._mutex:
            self._free += 1
        self._hand_on()

    def _hand_on(self) -> None:
        """Gives what is free to those who wait, in the order in which they came."""
        with self._mutex:
            while self._free > 0 and self._waiting:
                self._free -= 1
                self._waiting.popleft().release()
