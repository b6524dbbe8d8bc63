"""Asks every channel that can answer, each for its own best segments, under the query's filter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensorium.library import Library
from sensorium.models.model_set import ModelSet
from sensorium.types import TEXT_CHANNELS, Channel, Modality, Query

from .asked import Asked, Probe, Words

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids

WORDS = "words"
"""The matcher of full-text search; vectors are matched under the name of their space."""


@dataclass(frozen=True, slots=True)
class Match:
    """One segment that one channel found: its place in that channel's list, from 1, and `among` how many it was."""

    part: int
    modality: Modality
    channel: Channel
    matcher: str
    segment_id: int
    raw: float
    rank: int
    among: int


def retrieve(asked: Asked, library: Library, models: ModelSet, *, query: Query, depth: int) -> list[Match]:
    """The `depth` best segments of every channel, for each part of the query."""
    matches: list[Match] = []
    for channel, count in library.segment_counts().items():
        among = _filtered(library, channel, query, depth, count)
        for probe in asked.probes:
            if probe.space in models.spaces_for(channel):
                matches += _by_vectors(probe, channel, library, among)
        if channel in TEXT_CHANNELS:
            for words in asked.words:
                matches += _by_words(words, channel, library, among)
    return matches


@dataclass(frozen=True, slots=True)
class _Among:
    """What a channel is searched among: the ids that the filter keeps (None: all), how many, how many are wanted."""

    allowed: Ids | None
    count: int
    depth: int


def _filtered(library: Library, channel: Channel, query: Query, depth: int, count: int) -> _Among:
    if not query.kinds and query.folder is None:
        return _Among(None, count, depth)
    allowed = library.segment_ids(channel, kinds=query.kinds, folder=query.folder)
    return _Among(allowed, len(allowed), depth)


def _by_vectors(probe: Probe, channel: Channel, library: Library, among: _Among) -> Iterator[Match]:
    near = library.nearest(probe.space, channel, probe.vectors, among.depth, allowed=among.allowed)
    best: dict[int, float] = {}
    for segment_id, score in zip(near.ids.ravel().tolist(), near.scores.ravel().tolist(), strict=True):
        if segment_id >= 0:
            best[segment_id] = max(score, best.get(segment_id, -np.inf))
    ranked = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))[: among.depth]
    for rank, (segment_id, score) in enumerate(ranked, 1):
        yield Match(probe.part, probe.modality, channel, probe.space.name, segment_id, score, rank, among.count)


def _by_words(words: Words, channel: Channel, library: Library, among: _Among) -> Iterator[Match]:
    allowed = None if among.allowed is None else among.allowed.tolist()
    found = library.find_words(channel, words.text, among.depth, allowed=allowed)
    for rank, (segment_id, score) in enumerate(found, 1):
        yield Match(words.part, Modality.TEXT, channel, WORDS, segment_id, score, rank, among.count)
