"""A thread that works off what is put into its bounded inbox: one step of a pipeline."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

DROP_S = 60.0
IDLE_S = 1.0
"""After so long without anything new, a line's work is told to finish what it holds back."""


class Line(Generic[T]):
    """Calls `work(things, rest)` in a thread of its own, with all that was put in since the last call, in order.

    `put` waits while the inbox is full, so that no step runs far ahead of the next: this is what keeps memory flat.
    `rest` tells the work to hold nothing back, because nothing more has come for a while or will ever come. An error
    ends the line; whoever puts something in or closes it gets the error.
    """

    def __init__(self, work: Callable[[list[T], bool], None], *, room: int, name: str) -> None:
        self._work = work
        self._room = room
        self._things: list[T] = []
        self._weight = 0.0
        self._closing = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, thing: T, weight: float = 1) -> None:
        """Hand something over; waits while things of the weight `room` are waiting already."""
        with self._changed:
            while self._weight >= self._room and self._error is None:
                self._changed.wait()
            if self._error is not None:
                raise self._error
            self._things.append(thing)
            self._weight += weight
            self._changed.notify_all()

    def close(self) -> None:
        """Wait until everything is worked off."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        while self._thread.is_alive():
            self._thread.join(0.2)  # in pieces, so that a second Ctrl-C is heard
        if self._error is not None:
            raise self._error

    def drop(self) -> None:
        """Forget what waits, and end after what is being worked on."""
        with self._changed:
            self._things.clear()
            self._weight = 0
            self._error = self._error or RuntimeError("the run was given up")
            self._changed.notify_all()
        self._thread.join(DROP_S)

    def _run(self) -> None:
        try:
            while self._step():
                pass
        except BaseException as error:
            with self._changed:
                self._error = self._error or error
                self._changed.notify_all()

    def _step(self) -> bool:
        """Work once; whether there may be more to do."""
        with self._changed:
            if not self._things and not self._closing and self._error is None:
                self._changed.wait(IDLE_S)
            if self._error is not None:
                return False
            things, self._things, self._weight = self._things, [], 0
            closing = self._closing
            self._changed.notify_all()
        self._work(things, closing or not things)
        return not closing
