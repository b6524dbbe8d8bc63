"""A value made when first asked for, once, whatever the number of threads that ask."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Lazy(Generic[T]):
    """Call it for the value. A build that raises is tried again at the next call.

    Pickles as its builder, so that what another process receives loads its own.
    """

    def __init__(self, build: Callable[[], T]) -> None:
        self._build = build
        self._lock = threading.RLock()  # a build may ask for another value of the same owner
        self._made: tuple[T] | None = None  # a tuple, because None is a value too

    def __call__(self) -> T:
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = (self._build(),)
        return self._made[0]

    def __reduce__(self) -> tuple[Any, ...]:
        return Lazy, (self._build,)
