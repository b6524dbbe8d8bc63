"""A lock that many readers hold at once, and one writer alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager


class SharedLock:
    """Readers do not wait for one another. A writer waits for those before it; those after it wait for the writer."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._changed = threading.Condition(self._mutex)
        self._readers = 0
        self._writers = 0
        self._writing = False
        self._shared = _Shared(self)

    def shared(self) -> AbstractContextManager[None]:
        """Hold it together with other readers."""
        return self._shared

    def enter(self) -> None:
        """Become a reader, once no writer waits."""
        with self._mutex:
            while self._writers:
                self._changed.wait()
            self._readers += 1

    def leave(self) -> None:
        """Be a reader no more."""
        with self._mutex:
            self._readers -= 1
            if self._writers and not self._readers:
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold it with nobody else."""
        with self._mutex:
            self._writers += 1
            self._changed.wait_for(lambda: not self._readers and not self._writing)
            self._writing = True
        try:
            yield
        finally:
            with self._mutex:
                self._writing = False
                self._writers -= 1
                self._changed.notify_all()


class _Shared(AbstractContextManager[None]):
    """Reading, as a context that holds nothing of its own: every query enters it once for each index, and a generator
    made anew each time would cost more than the lock."""

    def __init__(self, lock: SharedLock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        self._lock.enter()

    def __exit__(self, *_raised: object) -> None:
        self._lock.leave()
