"""The moving part of a run: units are read, encoded and written at the same time, each step in threads of its own.

    readers (threads that wait for worker processes) → encoder (one thread) → committer (one thread)

Between the steps stand bounded inboxes, so that the slowest step sets the pace and memory stays flat.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from .lanes import Encoded, Lanes
from .line import Line
from .outcome import Outcome
from .progress import Meter, Stage

U = TypeVar("U")

READERS_PER_WORKER = 2
"""Readers wait for workers: with two for each, a worker that is done finds its next file waiting."""
LOOK_EVERY_S = 0.1

Batch = tuple[list[Encoded], list[Outcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps(Generic[U]):
    """What a flow is made of. `prepare` reads a unit; `stop` breaks off what is being read."""

    stop: Callable[[], None]
    prepare: Callable[[U], Outcome]
    lanes: Lanes
    commit: Callable[[Sequence[Batch]], None]
    """Writes batches in one transaction."""


class Flow(Generic[U]):
    """Takes units through all steps. `batch_size` bounds what waits between two steps."""

    def __init__(self, steps: Steps[U], meter: Meter, *, workers: int, batch_size: int) -> None:
        self._steps = steps
        self._meter = meter
        self._readers = READERS_PER_WORKER * workers
        self._room = batch_size
        self._taking = threading.Lock()
        self._ended = threading.Event()
        self._errors: list[BaseException] = []

    def run(self, units: Iterable[U]) -> bool:
        """Whether every unit was taken through; False where the run was stopped, or Ctrl-C came.

        What had been read by then is encoded and written; what was being read is left for the next run. Raises what
        a step raised.
        """
        committer: Line[Batch] = Line(self._commit, room=self._room, name="commit")
        encoder: Line[Outcome] = Line(
            lambda outcomes, rest: self._encode(outcomes, rest, committer), room=2 * self._room, name="encode"
        )
        try:
            whole = self._read(iter(units), encoder)
            if self._errors:
                raise self._errors[0]
            encoder.close()
            committer.close()
        except BaseException:
            encoder.drop()
            committer.drop()
            raise
        return whole

    def _read(self, units: Iterator[U], encoder: Line[Outcome]) -> bool:
        """Read all units; False where that was stopped."""
        threads = [
            threading.Thread(target=self._reader, args=(units, encoder), name=f"read-{n}", daemon=True)
            for n in range(self._readers)
        ]
        for thread in threads:
            thread.start()
        try:
            while (alive := [one for one in threads if one.is_alive()]) and not self._over():
                alive[0].join(LOOK_EVERY_S)
            whole = not alive and not self._over()
        except KeyboardInterrupt:
            whole = False
        self._ended.set()
        if not whole:
            self._steps.stop()  # what is being read now would keep Ctrl-C waiting
        for thread in threads:
            thread.join()
        return whole

    def _reader(self, units: Iterator[U], encoder: Line[Outcome]) -> None:
        try:
            while (unit := self._next(units)) is not None:
                outcome = self._steps.prepare(unit)
                if self._ended.is_set():
                    return  # a failure now may be that of the stopped workers
                self._meter.count(Stage.READ)
                encoder.put(outcome, outcome.weight)
        except BaseException as error:
            self._errors.append(error)

    def _next(self, units: Iterator[U]) -> U | None:
        with self._taking:
            return None if self._ended.is_set() or self._over() else next(units, None)

    def _over(self) -> bool:
        """Whether nothing more is to be read: somebody says so, or a step has failed."""
        return bool(self._errors) or self._meter.stopped()

    def _encode(self, outcomes: Sequence[Outcome], rest: bool, committer: Line[Batch]) -> None:
        self._steps.lanes.add(outcomes)
        for encoded, finished in self._steps.lanes.run(rest=rest):
            self._meter.count(Stage.ENCODE, sum(len(new.keys) for new in encoded))
            committer.put((encoded, finished), max(1, len(finished)))

    def _commit(self, batches: Sequence[Batch], _rest: bool) -> None:
        if batches:
            self._steps.commit(batches)
