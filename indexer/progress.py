"""What an indexing run tells about itself while it goes on, and at its end."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from sensorium.catalogue.drafts import Failure

REPORT_EVERY_S = 0.1
LONG_S = 120.0
"""Sounds and films from this length on are told of while they are being listened to."""
RATE_OVER_S = 20.0
"""A rate is that of the last so many seconds: a run slows down where films begin, and the time left should say so."""


class Stage(StrEnum):
    """What every file goes through, all at the same time for different files; addresses go through `FETCH` too; `OCR`,
    where it is, comes last."""

    SCAN = "scan"
    FETCH = "fetch"
    READ = "read"
    ENCODE = "encode"
    COMMIT = "commit"
    OCR = "ocr"


@dataclass(frozen=True, slots=True)
class StageState:
    """How far a stage is: things found, files read, contents encoded, items written. `total` is None until known."""

    stage: Stage
    done: int = 0
    total: int | None = None
    per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class LongFile:
    """A long sound or film that is being listened to: of `length_s` seconds, `done_s` have been."""

    path: Path
    done_s: float
    length_s: float


@dataclass(frozen=True, slots=True)
class State:
    """How far a run is. `left_s` is None while nobody can know. `long` are the files that a stage lingers on."""

    stages: tuple[StageState, ...]
    failed: int
    elapsed_s: float
    left_s: float | None
    long: tuple[LongFile, ...] = ()


class Progress(Protocol):
    """Where a run reports to and is stopped from: the terminal, a job's row, a test's list. Threads may call it."""

    def report(self, state: State) -> None:
        """How far the run is; called some ten times a second."""

    def stopped(self) -> bool:
        """Whether the run should end once what has been read is encoded and written."""
        ...


class Silent:
    """Progress that nobody watches and nobody stops."""

    def report(self, state: State) -> None: ...

    def stopped(self) -> bool:
        return False


@dataclass(slots=True)
class Summary:
    """What a run did. `encoded` counts contents that went through a model; the cache spared the others.

    Of the `indexed`, `moved` were elsewhere before and `known` are of a content that another item has or had, so that
    they were not decoded. `restored` had vanished and came back as they were.
    `read` counts pictures, films and documents that text was looked for in, `inscribed` those where some was found.
    """

    indexed: int = 0
    unchanged: int = 0
    removed: int = 0
    moved: int = 0
    restored: int = 0
    known: int = 0
    encoded: int = 0
    read: int = 0
    inscribed: int = 0
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    interrupted: bool = False


class Meter:
    """Counts what the stages have done and reports it. Threads may share one."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._done = dict.fromkeys(Stage, 0)
        self._totals: dict[Stage, int | None] = dict.fromkeys(Stage, None)
        self._failed = 0
        self._past: deque[tuple[float, dict[Stage, int]]] = deque([(self._began, dict(self._done))])
        self._reported = 0.0
        self._long: dict[int, LongFile] = {}

    def count(self, stage: Stage, number: int = 1, *, failed: int = 0) -> None:
        """So many more are through a stage; so many of them failed."""
        with self._lock:
            self._done[stage] += number
            self._failed += failed
        self.report()

    def expect(self, stage: Stage, total: int) -> None:
        """So many will go through a stage."""
        with self._lock:
            self._totals[stage] = total
        self.report(now=True)

    @contextmanager
    def inside(self, path: Path, length_s: float) -> Iterator[Callable[[float], None]]:
        """While a file is being listened to: gives what to call with the share, 0…1, that has been."""

        def told(share: float) -> None:
            if length_s >= LONG_S:
                with self._lock:
                    self._long[id(told)] = LongFile(path, share * length_s, length_s)
                self.report()

        told(0.0)
        try:
            yield told
        finally:
            with self._lock:
                self._long.pop(id(told), None)

    def stopped(self) -> bool:
        return self._progress.stopped()

    def report(self, *, now: bool = False) -> None:
        """Tell how far the run is, unless that was told a moment ago."""
        with self._lock:
            moment = time.monotonic()
            if not now and moment - self._reported < REPORT_EVERY_S:
                return
            self._reported = moment
            state = self._state(moment)
        self._progress.report(state)

    def _state(self, moment: float) -> State:
        if moment - self._past[-1][0] >= 1:
            self._past.append((moment, dict(self._done)))
        while len(self._past) > 2 and moment - self._past[1][0] > RATE_OVER_S:
            self._past.popleft()
        since, before = self._past[0]
        seconds = max(moment - since, 1e-3)
        rates = {stage: (done - before[stage]) / seconds for stage, done in self._done.items()}
        stages = tuple(StageState(s, self._done[s], self._totals[s], rates[s]) for s in Stage)
        last = Stage.COMMIT if self._totals[Stage.OCR] is None else Stage.OCR
        left_s = self._left_s(last, rates[last])
        return State(stages, self._failed, moment - self._began, left_s, tuple(self._long.values()))

    def _left_s(self, last: Stage, per_s: float) -> float | None:
        total = self._totals[last]
        return None if total is None or not per_s else (total - self._done[last]) / per_s
