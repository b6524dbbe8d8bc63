"""Who works and who waits: as many queries at once as there are cores.

Beyond a query a core, threads only take the interpreter from one another; what waits to be encoded waits for company.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Turns:
    """So many threads work at a time; as many as there are cores where nothing is said."""

    def __init__(self, count: int = 0) -> None:
        self._free = threading.BoundedSemaphore(count or os.cpu_count() or 1)
        self._thread = threading.local()

    @contextmanager
    def turn(self, before: Callable[[], object]) -> Iterator[None]:
        """Within, this thread works. Where others have all turns, `before` is done before one is waited for."""
        if not self._free.acquire(blocking=False):
            before()
            self._free.acquire()
        self._thread.works = True
        try:
            yield
        finally:
            self._thread.works = False
            self._free.release()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Within, this thread waits for something, and leaves its turn, if it has one, to another."""
        if not getattr(self._thread, "works", False):
            yield
            return
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()
