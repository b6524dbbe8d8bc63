"""Asks every channel that can answer, each for its own best segments, under the query's filters."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sensorium.library import Library
from sensorium.models.model_set import ModelSet
from sensorium.types import TEXT_CHANNELS, Channel, Modality, Step
from sensorium.wording import Phrases

from .plan import choose
from .probes import Asked, Probe, Words
from .recognise import FINGERPRINT, Recalled, recognise
from .selection import Selection

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids

WORDS = "words"
"""The matcher of full-text search; vectors are matched under the name of their space."""


@dataclass(frozen=True, slots=True)
class Match:
    """One segment that one channel found: its place in that channel's list, from 1, and `among` how many it was.

    `span` is where in a recording that was known again the query lies.
    """

    part: int
    modality: Modality
    channel: Channel
    matcher: str
    segment_id: int
    raw: float
    rank: int
    among: int
    span: tuple[float, float] | None = None


@dataclass(slots=True)
class Retrieval:
    """What the channels found, and how each was asked."""

    matches: list[Match] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def retrieve(asked: Asked, library: Library, models: ModelSet, *, selection: Selection, depth: int) -> Retrieval:
    """The `depth` best segments of every channel, for each part of the query."""
    found = Retrieval()
    for channel, total in library.segment_counts().items():
        among = _Among(library, channel, selection.segments(channel), total, depth)
        for probe in asked.probes:
            if probe.space in models.spaces_for(channel) and _may_answer(channel, probe.channels):
                among.holding(probe.phrases).by_vectors(probe, found)
        if channel in TEXT_CHANNELS:
            for words in asked.words:
                if _may_answer(channel, words.channels):
                    among.holding(words.phrases).by_words(words, found)
        for recalled in asked.recalled:
            if recalled.may_answer(channel):
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
        best: dict[int, float] = {}
        for segment_id, score in zip(near.ids.ravel().tolist(), near.scores.ravel().tolist(), strict=True):
            if segment_id >= 0:
                best[segment_id] = max(score, best.get(segment_id, -np.inf))
        ranked = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))[: self.depth]
        found.matches += self._matches(probe.part, probe.modality, probe.space.name, ranked)
        found.steps.append(self._step(probe.part, probe.space.name, route.why, started))

    def by_words(self, words: Words, found: Retrieval) -> None:
        started = time.perf_counter()
        ranked = self.library.find_words(
            self.channel,
            words.wording,
            self.depth,
            allowed=self.allowed,
            parts_of_words=self.channel in words.channels,
        )
        found.matches += self._matches(words.part, Modality.TEXT, WORDS, ranked)
        found.steps.append(self._step(words.part, WORDS, "full text", started))

    def _matches(
        self, part: int, modality: Modality, matcher: str, ranked: Iterable[tuple[int, float]]
    ) -> Iterator[Match]:
        for rank, (segment_id, score) in enumerate(ranked, 1):
            yield Match(part, modality, self.channel, matcher, segment_id, score, rank, self.count)

    def by_prints(self, recalled: Recalled, found: Retrieval) -> None:
        started = time.perf_counter()
        known = recognise(recalled, self.channel, self.library, self.depth, allowed=self.allowed)
        for rank, one in enumerate(known, 1):
            where = recalled.part, recalled.modality, self.channel, FINGERPRINT
            found.matches.append(Match(*where, one.segment_id, one.raw, rank, self.count, one.span))
        found.steps.append(self._step(recalled.part, FINGERPRINT, "fingerprints", started))

    def _step(self, part: int, matcher: str, route: str, started: float) -> Step:
        took_ms = (time.perf_counter() - started) * 1000
        return Step(part, self.channel, matcher, route, self.count, self.total, took_ms)
