"""Fetches what a run finds named by address, ahead of its reading: units go in, and come out with answers."""

from __future__ import annotations

import queue
import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Self, TypeAlias

from sensorium.errors import SensoriumError
from sensorium.fetch import Answered, Fetched, Fetcher, Wanted

from .products import links_of
from .progress import Meter, Stage
from .questions import Questions
from .scan import Unit

AHEAD = 64
"""Addresses that are asked for at a time: enough for several hosts, each of which is spared."""
WAITING = 256
"""Units that wait for their answers, of which many may name one address."""
REMEMBERED = 1 << 12
"""Answers given last: variants of a product stand side by side in a feed, and show the same pictures."""
LOOK_EVERY_S = 0.1

Answer: TypeAlias = Answered | SensoriumError


@dataclass(frozen=True, slots=True)
class Arrival:
    """A unit, and what came of asking for each of its addresses; None where it was not asked for."""

    unit: Unit
    answers: tuple[Answer | None, ...]


@dataclass(slots=True, eq=False)
class _Waiting:
    unit: Unit
    answers: list[Answer | None]
    missing: int = 0


class Fetching:
    """One run's."""

    def __init__(self, fetcher: Fetcher, questions: Questions, meter: Meter) -> None:
        self._fetcher = fetcher
        self._questions = questions
        self._meter = meter
        self._come: queue.SimpleQueue[tuple[Wanted, Answer]] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._asking: dict[Wanted, list[tuple[_Waiting, int]]] = {}
        self._answered: dict[Wanted, Answer] = {}
        self._ready: deque[Arrival] = deque()
        self._waiting = 0
        self._under_way: Counter[str] = Counter()
        self._counting = threading.Lock()

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
        """Addresses of units of whose end is not noted yet: their files must stay."""
        with self._counting:
            return set(self._under_way)

    def noted(self, urls: Iterable[str]) -> None:
        """What became of these is being written down, for one unit each time that they are named."""
        with self._counting:
            for url in urls:
                self._under_way[url] -= 1
                if self._under_way[url] <= 0:
                    del self._under_way[url]

    def arrivals(self, units: Iterable[Unit]) -> Iterator[Unit | Arrival]:
        """The units in their order, those with addresses when all of these have been answered."""
        for unit in units:
            urls = links_of(unit) if unit.link is None else (unit.uri,)
            if not urls:
                yield unit
                continue
            while len(self._asking) >= AHEAD or self._waiting >= WAITING:
                if not self._look():
                    return
                yield from self._take()
            with self._counting:
                self._under_way.update(urls)
            self._ask(*self._questions.about(unit))
            yield from self._take()
        while self._waiting and self._look():
            yield from self._take()

    def _take(self) -> Iterator[Arrival]:
        while self._ready:
            yield self._ready.popleft()

    def _look(self) -> bool:
        """Wait for an answer; False where the run ends."""
        while not (self._closed.is_set() or self._meter.stopped()):
            try:
                wanted, answer = self._come.get(timeout=LOOK_EVERY_S)
            except queue.Empty:
                continue
            self._remember(wanted, answer)
            for waiting, place in self._asking.pop(wanted, ()):
                self._answer(waiting, place, answer)
            return True
        return False

    def _remember(self, wanted: Wanted, answer: Answer) -> None:
        self._answered[wanted] = answer
        for old in list(islice(self._answered, max(0, len(self._answered) - REMEMBERED))):
            del self._answered[old]

    def _answer(self, waiting: _Waiting, place: int, answer: Answer) -> None:
        waiting.answers[place] = answer
        waiting.missing -= 1
        self._meter.count(Stage.FETCH)
        if not waiting.missing:
            self._waiting -= 1
            self._ready.append(Arrival(waiting.unit, tuple(waiting.answers)))

    def _ask(self, unit: Unit, wanted: tuple[Wanted | None, ...]) -> None:
        asked = [(place, each) for place, each in enumerate(wanted) if each is not None]
        if self._questions.fetches and len(asked) < len(wanted):
            self._meter.count(Stage.FETCH, len(wanted) - len(asked))
        if not asked:
            self._ready.append(Arrival(unit, (None,) * len(wanted)))
            return
        waiting = _Waiting(unit, [None] * len(wanted), len(asked))
        self._waiting += 1
        for place, each in asked:
            known = self._answered.get(each)
            if known is not None and (not isinstance(known, Fetched) or known.file.is_file()):
                self._answer(waiting, place, known)
            elif each in self._asking:
                self._asking[each].append((waiting, place))
            else:
                self._asking[each] = [(waiting, place)]
                self._submit(each)

    def _submit(self, wanted: Wanted) -> None:
        try:
            task = self._fetcher.submit(wanted)
        except SensoriumError as error:
            self._come.put((wanted, error))
            return

        def done() -> None:
            if task.cancelled():
                return
            error = task.exception()
            if error is None:
                self._come.put((wanted, task.result()))
            elif isinstance(error, SensoriumError):
                self._come.put((wanted, error))
            else:
                told = SensoriumError(f"{wanted.url} was not fetched: {type(error).__name__}: {error}")
                self._come.put((wanted, told))

        task.add_done_callback(lambda _: done())
