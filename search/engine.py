"""The pipeline of a query, one step a line."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sensorium.catalogue.facts import Background
from sensorium.errors import NotFound
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.models.model_set import ModelSet
from sensorium.types import Answer, Hit, Modality, Part, Query

from .asked import understand
from .calibrate import Key, calibrate, fit
from .chance import FALSE_ACCEPT, chances, comes_to_nothing, is_measured, nothing_note, passing
from .explain import explain, mark_words
from .facets import count_facets
from .found import Found
from .fusion import DEFAULT, Fused, Fusion, Scored, make_fusion
from .group import group
from .heat import HeatMap, heat_map
from .listing import answers, everything, has_an_end, in_order, scannable
from .matches import Calibrated
from .measuring import measuring
from .moments import matched_in
from .negatives import Left, is_negative, leave_out
from .paging import DEEPEST, MOST_SHOWN, Page, page_of, write_cursor
from .probes import Asked
from .quotes import Quoter
from .recommend import with_feedback
from .rerank import Fold, Reranker, Variety
from .rerank.stage import Scene
from .retrieve import retrieve
from .selection import Selection
from .turns import Turns

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids

log = logging.getLogger(__name__)

DEPTH = 100
"""Segments asked of each channel; more where more hits are wanted."""
BUDGET_MS = 200
"""For the stages of an engine that was given none."""


class Engine:
    """Answers queries on one library. Threads may share one."""

    def __init__(
        self,
        library: Library,
        models: ModelSet,
        media: MediaReader,
        reranker: Reranker | None = None,
        *,
        fusion: str = DEFAULT,
        false_accept: float = FALSE_ACCEPT,
    ) -> None:
        """Without a `reranker`, one of those stages that need no model of their own. `fusion` is the name of the one
        that queries get which name none; `false_accept` the share of nonsense queries that may have a hit that passes.
        Raises `UnknownName`.
        """
        self.library = library
        self._fusion_name = fusion
        self._false_accept = false_accept
        make_fusion(fusion, library.fact)
        self._reranker = reranker or Reranker((Variety(), Fold()), budget_ms=BUDGET_MS)
        self._models = models
        self._media = media
        self._backgrounds: tuple[int, Mapping[Key, Background]] = (-1, {})
        self._turns = Turns()

    @property
    def models(self) -> ModelSet:
        return self._models

    def search(self, query: Query) -> Answer:
        """The best items for a query, best first, each with the reasons why it is there.

        Raises `QueryError` for a query or a cursor that cannot be asked, `MediaError` for an example that cannot be
        read.
        """
        started = time.perf_counter()
        query = with_feedback(query)
        with self._asking(query) as asked:
            seq = self.library.last_seq()
            page = page_of(query, seq=seq, depth=max(DEPTH, 2 * query.limit))
            answer = self._answer(query, page, asked, seq)
        for step in answer.steps:
            log.info("part %d: %s by %s, %s (%.1f ms)", step.part, step.channel, step.matcher, step.route, step.took_ms)
        return replace(answer, took_ms=(time.perf_counter() - started) * 1000)

    @contextmanager
    def _asking(self, query: Query) -> Iterator[Asked]:
        """A turn to work in: a free one at once, so that full text is searched while words are encoded, else when they
        are."""
        asked = understand(query, self.library, self._models, self._media, aside=self._turns.aside)
        with self._turns.turn(lambda: len(asked.probes)), self.library.reading():
            yield asked

    def _answer(self, query: Query, page: Page, asked: Asked, seq: int) -> Answer:
        selection = Selection.of(query, self.library)
        found = self._find(asked, query, page, selection)
        best = found.scored(found.order[: query.limit].tolist())
        hits = self._hits(asked, query, found, best)
        facets = count_facets(query.facets, found.fused.items, selection.snapshot) if query.facets else ()
        notes = [*asked.notes, *found.notes, *page.notes(seq)]
        rest = page.after((id_ for scored in best for id_ in (scored.item_id, *scored.alike)), depth=found.depth)
        measured = is_measured({one.source.modality for one in found.matches if len(one)}, self._current_backgrounds())
        nothing = (measured or query.cut) and comes_to_nothing(hits, self._false_accept)
        if nothing and not query.cursor and (hits or query.cut):
            notes.append(nothing_note(self._false_accept, nearest=bool(hits)))
        cursor = write_cursor(rest) if len(found.order) > query.limit and len(rest.shown) <= MOST_SHOWN else ""
        total = len(found.fused) if found.ends else None
        return Answer(hits, 0.0, tuple(notes), cursor, total, facets, tuple(found.steps), nothing)

    def explain(self, query: Query, item_id: int) -> Hit:
        """One item among the hits of a query, explained; it may stand anywhere in the list, or be folded into another.

        Raises what `search` raises, and `NotFound` where the query does not find the item.
        """
        query = with_feedback(replace(query, explain=True, fold=False, cursor="", facets=(), sort=()))
        with self._asking(query) as asked:
            selection = Selection.of(query, self.library)
            page = page_of(query, seq=self.library.last_seq(), depth=max(DEPTH, 2 * query.limit))
            depth = page.depth
            while True:
                found = self._find_among(asked, query, page, selection, depth)
                is_there = item_id in found.order
                if is_there or not found.more or depth >= DEEPEST:
                    break
                depth *= 2
            hits = self._hits(asked, query, found, found.scored([item_id] if is_there else []))
        if not hits:
            raise NotFound("hit of this query with the item", item_id)
        return hits[0]

    def heat(self, segment_id: int, words: str) -> HeatMap:
        """Where a picture or a still shows what the words say. Raises what `heat_map` raises."""
        return heat_map(segment_id, words, library=self.library, models=self._models, media=self._media)

    def warm(self) -> None:
        """Load everything that the first query by words would wait for.

        What is there then stays: the collector of garbage need not look at it again for every few queries.
        """
        threading.Thread(target=self.library.indexes.files.read_ahead, name="read ahead", daemon=True).start()
        self._reranker.prepare()
        self.search(Query((Part(Modality.TEXT, text="warm"),), limit=1))
        gc.collect()
        gc.freeze()

    def measuring(self) -> AbstractContextManager[None]:
        """While open, the library's indexes are measured in the background by what is asked."""
        return measuring(self.library, self._models)

    def _hits(self, asked: Asked, query: Query, found: Found, best: Sequence[Scored]) -> tuple[Hit, ...]:
        quoter = Quoter(words.text for words in asked.words if not is_negative(query.parts[words.part]))
        items = self.library.items([id_ for scored in best for id_ in (scored.item_id, *scored.alike)])
        matched = matched_in([scored.item_id for scored in best], found.matches)
        looked_at = {id_ for own in matched.values() for worths in own.values() for id_ in worths}
        segments = quoter.narrowed(found.segments(sorted(looked_at)))  # read with them: those of nearly all evidence
        hits = group(quoter.quoted(found.told(best)), items, matched, segments, found.chance)
        if not query.explain or not found.matches:
            return hits
        fusion = self._fusion(query)

        def fused(matches: Sequence[Calibrated]) -> Ids:
            return fusion.join(matches, query.parts).only(found.fused.items).items

        return mark_words(explain(hits, found.matches, fused), asked.words, self.library)

    def _find(self, asked: Asked, query: Query, page: Page, selection: Selection) -> Found:
        """What a page has to choose from: more than it can show, or all there is."""
        if all(map(is_negative, query.parts)):
            return self._list(asked, query, page, selection)
        depth = page.depth
        while True:
            found = self._find_among(asked, query, page, selection, depth)
            enough = len(found.order) > query.limit and (found.ends or not has_an_end(query))
            if enough or not found.more or depth >= DEEPEST:
                return replace(found, ends=has_an_end(query))
            depth *= 2

    def _list(self, asked: Asked, query: Query, page: Page, selection: Selection) -> Found:
        """All that passes the filters."""
        items = everything(query, selection)
        fused, notes = Fused(items, np.zeros(len(items))), tuple[str, ...]()
        if query.parts:
            left = self._leave_out(scannable(items), asked, query, selection)
            fused, notes = left.fused, left.notes
            items = in_order(fused.items, query, selection)
        fresh = items[~np.isin(items, list(page.shown))]
        return Found(self.library, (), fused, fresh, page.depth, notes=notes)

    def _find_among(self, asked: Asked, query: Query, page: Page, selection: Selection, depth: int) -> Found:
        wanted = [number for number, part in enumerate(query.parts) if not is_negative(part)]
        fusion = self._fusion(query)
        sought = fusion.asks(asked.only(wanted), query.parts)
        retrieved = retrieve(sought, self.library, self._models, selection=selection, depth=depth)
        matches = calibrate(retrieved.matches, self._current_backgrounds(), selection.snapshot.owners)
        left = self._leave_out(fusion.join(matches, query.parts), asked, query, selection)
        chance = chances(matches, query.parts, self._current_backgrounds())
        fused = passing(left.fused, chance, self._false_accept) if query.cut else left.fused
        result = answers(fused) if has_an_end(query) else fused
        found = Found(
            self.library, matches, result, result.items, depth,
            chance=chance, more=any(depth in one.ranks[-1:] for one in retrieved.matches), steps=retrieved.steps,
            ends=len(result) < len(fused),
        )  # fmt: skip
        return self._looked_again(replace(found, notes=left.notes), asked, query, page, selection)

    def _looked_again(self, found: Found, asked: Asked, query: Query, page: Page, selection: Selection) -> Found:
        """In the order in which the stages leave it, without what earlier pages showed."""
        scene = Scene(query, asked, self.library, self._models, self._media, found.told, query.limit, page.shown)
        reach = self._reranker.reach(scene)
        ranked, notes = self._reranker.rank(found.fused.best(reach), scene)
        order = np.array([*(one.item_id for one in ranked), *found.order[reach:].tolist()], np.int64)
        order = in_order(order[~np.isin(order, list(page.shown))], query, selection)
        looked = {one.item_id: one for one in ranked}
        return replace(found, order=order, looked=looked, notes=(*found.notes, *notes))

    def _leave_out(self, fused: Fused, asked: Asked, query: Query, selection: Selection) -> Left:
        judge = (self.library, self._models, self._current_backgrounds())
        return leave_out(fused, query, asked, selection=selection, judge=judge)

    def _fusion(self, query: Query) -> Fusion:
        return make_fusion(query.fusion or self._fusion_name, self.library.fact)

    def _current_backgrounds(self) -> Mapping[Key, Background]:
        """As stored by the last indexing; measured here where the library was written without."""
        seq = self.library.last_seq()
        if self._backgrounds[0] != seq:
            self._backgrounds = (seq, self.library.backgrounds() or fit(self.library, self._models))
        return self._backgrounds[1]
