"""Asks every channel that can answer, each for its own best segments, under the query's filters."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from sensorium.library import Library
from sensorium.models.model_set import ModelSet
from sensorium.types import TEXT_CHANNELS, Channel, Modality, Step
from sensorium.wording import Phrases

from .matches import FINGERPRINT, WORDS, Matches, Source
from .plan import choose
from .probes import Asked, Probe, Words
from .recognise import Recalled, recognise
from .selection import Selection

if TYPE_CHECKING:
    from sensorium.types import Matrix
    from sensorium.vectors.protocol import Ids

    from .matches import Floats


@dataclass(slots=True)
class Retrieval:
    """What the channels found, and how each was asked."""

    matches: list[Matches] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def retrieve(asked: Asked, library: Library, models: ModelSet, *, selection: Selection, depth: int) -> Retrieval:
    """The `depth` best segments of every channel, for each part of the query."""
    each = [
        _Among(library, channel, selection.segments(channel), total, depth)
        for channel, total in library.segment_counts().items()
    ]
    worded = [among.worded(asked.words) for among in each]  # first of all: vectors may still be on their way
    found = Retrieval()
    for among, by_words in zip(each, worded, strict=True):
        for probe in asked.probes:
            if probe.space in models.spaces_for(among.channel) and _may_answer(among.channel, probe.channels):
                among.holding(probe.phrases).by_vectors(probe, found)
        found.matches += by_words.matches
        found.steps += by_words.steps
        for recalled in asked.recalled:
            if recalled.may_answer(among.channel):
                among.by_prints(recalled, found)
    return found


def _may_answer(channel: Channel, scope: Iterable[Channel]) -> bool:
    scope = tuple(scope)
    return not scope or channel in scope


@dataclass(frozen=True, slots=True)
class _Among:
    """What a channel is searched among: the ids that filters keep (None: all), of how many; how many are wanted."""

    library: Library
    channel: Channel
    allowed: Ids | None
    total: int
    depth: int

    @property
    def count(self) -> int:
        return self.total if self.allowed is None else len(self.allowed)

    def holding(self, phrases: Phrases) -> _Among:
        """Only segments that hold these phrases, where segments have words at all."""
        if not phrases or self.channel not in TEXT_CHANNELS:
            return self
        holding = self.library.holding(self.channel, phrases)
        kept = holding if self.allowed is None else np.intersect1d(self.allowed, holding, assume_unique=True)
        return _Among(self.library, self.channel, kept, self.total, self.depth)

    def by_vectors(self, probe: Probe, found: Retrieval) -> None:
        started = time.perf_counter()
        kept = None if self.allowed is None else len(self.allowed)
        route = choose(self.library, probe.space, self.channel, kept=kept, total=self.total)
        near = self.library.nearest(
            probe.space, self.channel, probe.vectors, self.depth, allowed=self.allowed, exact=route.exact
        )
        segments, scores = best_of_each(near.ids, near.scores, self.depth)
        ranks = np.arange(1, len(segments) + 1)
        found.matches.append(Matches(self._source(probe, probe.space.name), self.count, segments, scores, ranks))
        found.steps.append(self._step(probe.part, probe.space.name, route.why, started))

    def worded(self, asked: Iterable[Words]) -> Retrieval:
        """What full text finds, for each part that asks this channel."""
        found = Retrieval()
        for words in asked if self.channel in TEXT_CHANNELS else ():
            if _may_answer(self.channel, words.channels):
                self.holding(words.phrases).by_words(words, found)
        return found

    def by_words(self, words: Words, found: Retrieval) -> None:
        started = time.perf_counter()
        ranked = self.library.find_words(
            self.channel,
            words.wording,
            self.depth,
            allowed=self.allowed,
            parts_of_words=self.channel in words.channels,
        )
        source = Source(words.part, Modality.TEXT, self.channel, WORDS)
        matches = Matches.of(source, self.count, ranked)
        if self.channel is Channel.TEXT:
            told = self.library.unlikeliness(self.channel, words.wording, matches.raw)
            matches = replace(matches, decades=told)
        found.matches.append(matches)
        found.steps.append(self._step(words.part, WORDS, "full text", started))

    def by_prints(self, recalled: Recalled, found: Retrieval) -> None:
        started = time.perf_counter()
        known = recognise(recalled, self.channel, self.library, self.depth, allowed=self.allowed)
        spans = {one.segment_id: one.span for one in known if one.span is not None}
        ranked = [(one.segment_id, one.raw) for one in known]
        found.matches.append(Matches.of(self._source(recalled, FINGERPRINT), self.count, ranked, spans))
        found.steps.append(self._step(recalled.part, FINGERPRINT, "fingerprints", started))

    def _source(self, asked: Probe | Recalled, matcher: str) -> Source:
        depicts = asked.depicts if isinstance(asked, Probe) else 0.0
        return Source(asked.part, asked.modality, self.channel, matcher, depicts)

    def _step(self, part: int, matcher: str, route: str, started: float) -> Step:
        took_ms = (time.perf_counter() - started) * 1000
        return Step(part, self.channel, matcher, route, self.count, self.total, took_ms)


def best_of_each(segments: Ids, scores: Matrix, most: int) -> tuple[Ids, Floats]:
    """At most so many segments that any vector of a query found, each with its best score, best first; of equal ones
    the oldest.

    Both are [vectors, n], as `VectorIndex.search` returns them.
    """
    if len(segments) == 1:  # in order already, nothing at the end
        found, raw = segments[0, :most], scores[0, :most].astype(np.float64)
        if len(found) and found[-1] < 0:
            found, raw = found[found >= 0], raw[found >= 0]
        return found, raw
    segments, scores = segments.ravel(), scores.ravel()
    order = np.lexsort((segments, -scores))
    segments, raw = segments[order], scores[order].astype(np.float64)
    firsts = np.sort(np.unique(segments, return_index=True)[1])
    kept = firsts[segments[firsts] >= 0][:most]
    return segments[kept], raw[kept]
