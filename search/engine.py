"""The pipeline of a query, one step a line."""

from __future__ import annotations

import time
from collections.abc import Mapping

from sensorium.catalogue.facts import Background
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.models.model_set import ModelSet
from sensorium.types import Answer, Modality, Part, Query

from .asked import understand
from .calibrate import Key, calibrate, fit
from .fuse import fuse
from .group import group
from .retrieve import retrieve

DEPTH = 100
"""Segments asked of each channel; more where more hits are wanted."""


class Engine:
    """Answers queries on one library. Threads may share one."""

    def __init__(self, library: Library, models: ModelSet, media: MediaReader) -> None:
        self.library = library
        self._models = models
        self._media = media
        self._backgrounds: tuple[int, Mapping[Key, Background]] = (-1, {})

    def search(self, query: Query) -> Answer:
        """The best items for a query, best first, each with the reasons why it is there.

        Raises `QueryError` for a query that cannot be asked, `MediaError` for an example that cannot be read.
        """
        started = time.perf_counter()
        asked = understand(query, self._models, self._media)
        found = retrieve(asked, self.library, self._models, query=query, depth=max(DEPTH, 2 * query.limit))
        worth = calibrate(found, self._current_backgrounds())
        segments = self.library.segments(sorted({match.segment_id for match in found}))
        best = fuse(worth, segments, query.parts)[: query.limit]
        hits = group(best, self.library)
        return Answer(hits, (time.perf_counter() - started) * 1000, asked.notes)

    def warm(self) -> None:
        """Load everything that the first query by words would wait for."""
        self.search(Query((Part(Modality.TEXT, text="warm"),), limit=1))

    def _current_backgrounds(self) -> Mapping[Key, Background]:
        """As stored by the last indexing; measured here where the library was written without."""
        seq = self.library.last_seq()
        if self._backgrounds[0] != seq:
            self._backgrounds = (seq, self.library.backgrounds() or fit(self.library, self._models))
        return self._backgrounds[1]
