"""The pipeline of a query, one step a line."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sensorium.catalogue.facts import Background
from sensorium.errors import NotFound
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.models.model_set import ModelSet
from sensorium.types import Answer, Hit, Modality, Part, Query, Segment

from .asked import Asked, understand
from .calibrate import Calibrated, Key, calibrate, fit
from .explain import explain, mark_words
from .fuse import Scored, fuse
from .group import group
from .heat import HeatMap, heat_map
from .paging import DEEPEST, MOST_SHOWN, Page, page_of, write_cursor
from .quotes import Quoter
from .rerank import Fold, Reranker, Variety
from .rerank.stage import Scene
from .retrieve import retrieve

DEPTH = 100
"""Segments asked of each channel; more where more hits are wanted."""
BUDGET_MS = 200
"""For the stages of an engine that was given none."""


class Engine:
    """Answers queries on one library. Threads may share one."""

    def __init__(
        self, library: Library, models: ModelSet, media: MediaReader, reranker: Reranker | None = None
    ) -> None:
        """Without a `reranker`, one of those stages that need no model of their own."""
        self.library = library
        self._reranker = reranker or Reranker((Variety(), Fold()), budget_ms=BUDGET_MS)
        self._models = models
        self._media = media
        self._backgrounds: tuple[int, Mapping[Key, Background]] = (-1, {})

    def search(self, query: Query) -> Answer:
        """The best items for a query, best first, each with the reasons why it is there.

        Raises `QueryError` for a query or a cursor that cannot be asked, `MediaError` for an example that cannot be
        read.
        """
        started = time.perf_counter()
        seq = self.library.last_seq()
        page = page_of(query, seq=seq, depth=max(DEPTH, 2 * query.limit))
        asked = understand(query, self._models, self._media)
        found = self._find(asked, query, page)
        best = found.ranked[: query.limit]
        hits = self._hits(asked, query, found, best)
        notes = [*asked.notes, *found.notes, *page.notes(seq)]
        rest = page.after((id_ for scored in best for id_ in (scored.item_id, *scored.alike)), depth=found.depth)
        cursor = write_cursor(rest) if len(found.ranked) > query.limit and len(rest.shown) <= MOST_SHOWN else ""
        return Answer(hits, (time.perf_counter() - started) * 1000, tuple(notes), cursor)

    def explain(self, query: Query, item_id: int) -> Hit:
        """One item among the hits of a query, explained; it may stand anywhere in the list, or be folded into another.

        Raises what `search` raises, and `NotFound` where the query does not find the item.
        """
        query = replace(query, explain=True, fold=False, cursor="")
        asked = understand(query, self._models, self._media)
        page = page_of(query, seq=self.library.last_seq(), depth=max(DEPTH, 2 * query.limit))
        depth = page.depth
        while True:
            found = self._find_among(asked, query, page, depth)
            wanted = [scored for scored in found.ranked if scored.item_id == item_id]
            if wanted or not found.more or depth >= DEEPEST:
                break
            depth *= 2
        hits = self._hits(asked, query, found, wanted)
        if not hits:
            raise NotFound("hit of this query with the item", item_id)
        return hits[0]

    def heat(self, segment_id: int, words: str) -> HeatMap:
        """Where a picture or a still shows what the words say. Raises what `heat_map` raises."""
        return heat_map(segment_id, words, library=self.library, models=self._models, media=self._media)

    def warm(self) -> None:
        """Load everything that the first query by words would wait for."""
        self.search(Query((Part(Modality.TEXT, text="warm"),), limit=1))

    def _hits(self, asked: Asked, query: Query, found: _Found, best: Sequence[Scored]) -> tuple[Hit, ...]:
        quoter = Quoter(words.text for words in asked.words)
        hits = quoter.quoted(group(best, self.library, found.matches, quoter.narrowed(found.segments)))
        if not query.explain:
            return hits
        explained = explain(hits, found.matches, partial(fuse, segments=found.segments, parts=query.parts))
        return mark_words(explained, asked.words, self.library)

    def _find(self, asked: Asked, query: Query, page: Page) -> _Found:
        """What a page has to choose from: more than it can show, or all there is."""
        depth = page.depth
        while True:
            found = self._find_among(asked, query, page, depth)
            if len(found.ranked) > query.limit or not found.more or depth >= DEEPEST:
                return found
            depth *= 2

    def _find_among(self, asked: Asked, query: Query, page: Page, depth: int) -> _Found:
        matches = retrieve(asked, self.library, self._models, query=query, depth=depth)
        worth = calibrate(matches, self._current_backgrounds())
        segments = self.library.segments(sorted({match.segment_id for match in matches}))
        more = any(match.rank == depth for match in matches)
        fused = fuse(worth, segments, query.parts)
        scene = Scene(query, asked, segments, self.library, self._models, query.limit, page.shown)
        ranked, notes = self._reranker.rank(fused, scene)
        fresh = [scored for scored in ranked if scored.item_id not in page.shown]
        return _Found(worth, segments, fresh, notes, more, depth)

    def _current_backgrounds(self) -> Mapping[Key, Background]:
        """As stored by the last indexing; measured here where the library was written without."""
        seq = self.library.last_seq()
        if self._backgrounds[0] != seq:
            self._backgrounds = (seq, self.library.backgrounds() or fit(self.library, self._models))
        return self._backgrounds[1]


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found at one depth, `ranked` best first and without what earlier pages showed.

    `more` says that a channel would have had more to say.
    """

    matches: list[Calibrated]
    segments: Mapping[int, Segment]
    ranked: list[Scored]
    notes: tuple[str, ...]
    more: bool
    depth: int
