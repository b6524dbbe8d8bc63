"""Measures the indexes while they serve: a sample of the real queries is asked again, exactly, in the background.

What is found again is compared with what an exact search finds: that is the recall of the index on the very queries it
is asked, which no sample made beforehand can tell. Where it falls short of what was asked for, the index is tuned on
these queries. Queries stay in this process's memory; only figures are written down.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sensorium.errors import SensoriumError
from sensorium.types import Channel, Space
from sensorium.vectors.effort import ALL, RECALL_AT, Trial, Tunable, recall

from .cache import Asked, IndexCache
from .measured import Measured

if TYPE_CHECKING:
    from sensorium.types import Matrix
    from sensorium.vectors.protocol import Ids, VectorIndex

log = logging.getLogger(__name__)

_EVERY_S = 30.0
_SAMPLED = 16
"""Queries asked again in one round at most, for each index and selectivity: a million vectors take about a second."""
_WINDOW = 300
"""Searches that the figures look back on."""
_ENOUGH = 32
"""Queries measured before an index is tuned anew on them."""


@dataclass(slots=True)
class _Watched:
    """What is known of one index under one selectivity."""

    seen: int = 0
    pending: list[tuple[Matrix, Ids | None]] = field(default_factory=list)
    recent: deque[tuple[Matrix, Ids | None]] = field(default_factory=lambda: deque(maxlen=_ENOUGH))
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=_WINDOW))
    recalls: deque[float] = field(default_factory=lambda: deque(maxlen=_WINDOW))


class Measurer:
    """Watches the searches of one library from the moment it is made."""

    def __init__(self, cache: IndexCache) -> None:
        self._cache = cache
        self._watched: dict[tuple[Space, Channel, str], _Watched] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._random = random.Random(0)
        cache.observers.append(self.observe)

    def start(self) -> None:
        """Measure every half minute, in a thread of its own, until `stop`."""
        self._thread = threading.Thread(target=self._run, name="measure-indexes", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._cache.observers.remove(self.observe)
        if self._thread is not None:
            self._thread.join(timeout=10)  # it is a daemon: a round that takes longer does not hold up the end

    def observe(self, asked: Asked) -> None:
        """Note how long a search took, and maybe keep its first query to ask it again: a fair sample of all."""
        with self._lock:
            watched = self._watched.setdefault((asked.space, asked.channel, asked.selectivity), _Watched())
            watched.seconds.append(asked.seconds)
            watched.seen += 1
            place = len(watched.pending)
            if place >= _SAMPLED:
                place = self._random.randrange(watched.seen)
            if place < _SAMPLED:
                watched.pending[place : place + 1] = [(asked.queries[:1].copy(), asked.allowed)]

    def seed(self, space: Space, queries: Matrix) -> None:
        """Queries to measure by until real ones come: float32[q, dimension]."""
        for note in self._cache.notes():
            if note.space == space.name:
                with self._lock:
                    watched = self._watched.setdefault((space, note.channel, ALL), _Watched())
                    watched.pending += [(query[None], None) for query in queries[: _SAMPLED - len(watched.pending)]]

    def _run(self) -> None:
        while not self._stop.wait(_EVERY_S):
            try:
                self.measure()
            except SensoriumError as error:  # a library that is moved or deleted while it is served
                log.warning("The indexes could not be measured: %s", error)

    def measure(self) -> None:
        """Ask what has been sampled since the last time again, and write down the figures."""
        with self._lock:
            taken = {
                key: watched.pending for key, watched in self._watched.items() if watched.seconds or watched.pending
            }
            for key in taken:
                self._watched[key].pending, self._watched[key].seen = [], 0
        figures = [self._measured(key, sample) for key, sample in taken.items()]
        if figures:
            self._cache.figures.update(figures)

    def _measured(self, key: tuple[Space, Channel, str], sample: list[tuple[Matrix, Ids | None]]) -> Measured:
        space, channel, selectivity = key
        followed, watched = self._cache.current(space, channel), self._watched[key]
        index = followed.index
        with followed.lock.shared():
            for query, allowed in sample:
                watched.recalls.append(_recall(index, query, allowed))
                watched.recent.append((query, allowed))
            self._retune(followed.index, key, watched)
        effort = index.efforts.values.get(selectivity, 0) if isinstance(index, Tunable) and index.efforts else 0
        with self._lock:
            times = sorted(watched.seconds) or [float("nan")]
        return Measured(
            space.name, channel, followed.kind, selectivity, len(watched.recalls),
            float(np.mean(watched.recalls)) if watched.recalls else float("nan"),
            1000 * times[len(times) // 2], 1000 * times[min(len(times) - 1, int(0.95 * len(times)))],
            effort, time.time(),
        )  # fmt: skip

    def _retune(self, index: VectorIndex, key: tuple[Space, Channel, str], watched: _Watched) -> None:
        """Look harder where the queries that are really asked find less than they should."""
        wanted = self._cache.options.recall
        short = len(watched.recalls) >= _ENOUGH and float(np.mean(watched.recalls)) < wanted
        if not short or not isinstance(index, Tunable) or index.efforts is None:
            return
        before = index.efforts.values[key[2]]
        trials = [
            Trial(query, allowed, index.search(query, RECALL_AT, allowed=allowed, exact=True).ids)
            for query, allowed in watched.recent
        ]
        effort, reached = index.tune(key[2], trials, wanted)
        if effort != before:
            watched.recalls.clear()
            log.info(
                "%s, %s, filter %s: effort %d -> %d, recall %.3f", key[0].name, key[1], key[2], before, effort, reached
            )


def _recall(index: VectorIndex, query: Matrix, allowed: Ids | None) -> float:
    if not isinstance(index, Tunable) or index.efforts is None:
        return 1.0  # it looks at every vector as it is
    found = index.search(query, RECALL_AT, allowed=allowed, exact=False)
    return recall(found.ids, index.search(query, RECALL_AT, allowed=allowed, exact=True).ids)
