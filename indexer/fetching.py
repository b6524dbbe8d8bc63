"""Fetches what a run finds listed, ahead of its reading: addresses go in among the units, and come out with answers."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sensorium.errors import SensoriumError
from sensorium.fetch import Answered, Fetcher, Wanted

from .link import Link
from .progress import Meter, Stage
from .scan import Unit

AHEAD = 64
"""Addresses that are asked for at a time: enough for several hosts, each of which is spared."""
LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Arrival:
    """An address, and what came of asking for it."""

    unit: Unit
    link: Link
    answer: Answered | SensoriumError


class Fetching:
    """One run's. `folder` is where the fetcher puts what comes, and where what came before lies."""

    def __init__(self, fetcher: Fetcher, folder: Path, meter: Meter) -> None:
        self._fetcher = fetcher
        self._folder = folder
        self._meter = meter
        self._come: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._under_way: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Break off what is being fetched."""
        self._closed.set()
        self._fetcher.close()

    @property
    def under_way(self) -> Set[str]:
        """Addresses that have been asked for, and of whose end is not noted yet: their files must stay."""
        return self._under_way

    def noted(self, urls: Iterable[str]) -> None:
        """It has been written down what became of these."""
        self._under_way.difference_update(urls)

    def arrivals(self, units: Iterable[Unit]) -> Iterator[Unit | Arrival]:
        """The units in their order, addresses when they have been answered."""
        waiting = 0
        for unit in units:
            if unit.link is None:
                yield unit
                continue
            while waiting >= AHEAD:
                come = self._next()
                if come is None:
                    return
                waiting -= 1
                yield come
            self._ask(unit, unit.link)
            waiting += 1
        while waiting and (come := self._next()) is not None:
            waiting -= 1
            yield come

    def _next(self) -> Arrival | None:
        """What has come; None where the run ends."""
        while not (self._closed.is_set() or self._meter.stopped()):
            try:
                come = self._come.get(timeout=LOOK_EVERY_S)
            except queue.Empty:
                continue
            self._meter.count(Stage.FETCH)
            return come
        return None

    def _ask(self, unit: Unit, link: Link) -> None:
        known = link.record if link.held else None
        if known is not None and known.file and not (self._folder / known.file).is_file():
            known = None  # somebody has removed it: have it again
        wanted = Wanted(unit.uri) if known is None else Wanted(unit.uri, known.etag, known.modified)
        self._under_way.add(unit.uri)
        try:
            task = self._fetcher.submit(wanted)
        except SensoriumError as error:
            self._come.put(Arrival(unit, link, error))
            return

        def done() -> None:
            if task.cancelled():
                return
            error = task.exception()
            if error is None:
                self._come.put(Arrival(unit, link, task.result()))
            elif isinstance(error, SensoriumError):
                self._come.put(Arrival(unit, link, error))
            else:
                told = SensoriumError(f"{unit.uri} was not fetched: {type(error).__name__}: {error}")
                self._come.put(Arrival(unit, link, told))

        task.add_done_callback(lambda _: done())
