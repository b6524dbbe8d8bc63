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
    """One segment that one channel found. `rank` counts from 1 in that channel's own list."""

    part: int
    modality: Modality
    channel: Channel
    matcher: str
    segment_id: int
    raw: float
    rank: int


def retrieve(asked: Asked, library: Library, models: ModelSet, *, query: Query, depth: int) -> list[Match]:
    """The `depth` best segments of every channel, for each part of the query."""
    matches: list[Match] = []
    for channel in Channel:
        allowed = _allowed(library, channel, query)
        for probe in asked.probes:
            if probe.space in models.spaces_for(channel):
                matches += _by_vectors(probe, channel, library, depth, allowed)
        if channel in TEXT_CHANNELS:
            for words in asked.words:
                matches += _by_words(words, channel, library, depth, allowed)
    return matches


def _allowed(library: Library, channel: Channel, query: Query) -> Ids | None:
    """Ids of the segments that the filter keeps; None where there is no filter."""
    if not query.kinds and query.folder is None:
        return None
    return library.segment_ids(channel, kinds=query.kinds, folder=query.folder)


def _by_vectors(probe: Probe, channel: Channel, library: Library, depth: int, allowed: Ids | None) -> Iterator[Match]:
    near = library.nearest(probe.space, channel, probe.vectors, depth, allowed=allowed)
    best: dict[int, float] = {}
    for segment_id, score in zip(near.ids.ravel().tolist(), near.scores.ravel().tolist(), strict=True):
        if segment_id >= 0:
            best[segment_id] = max(score, best.get(segment_id, -np.inf))
    ranked = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))[:depth]
    for rank, (segment_id, score) in enumerate(ranked, 1):
        yield Match(probe.part, probe.modality, channel, probe.space.name, segment_id, score, rank)


def _by_words(words: Words, channel: Channel, library: Library, depth: int, allowed: Ids | None) -> Iterator[Match]:
    found = library.find_words(channel, words.text, depth, allowed=None if allowed is None else allowed.tolist())
    for rank, (segment_id, score) in enumerate(found, 1):
        yield Match(words.part, Modality.TEXT, channel, WORDS, segment_id, score, rank)
