"""More like these, less like those: from items of the library to what the channels can be asked.

Rocchio's relevance feedback (1971), in every space apart: each liked item is its segments' mean, and is asked moved
away from the mean of the disliked ones, `liked - 0.25 * disliked`; so is the mean of all liked items. Of several
vectors a segment is worth its best, so that a set of two kinds of thing finds both kinds. The liked items' telling
words are asked for too. docs/evaluation.md has the figures.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sensorium.errors import QueryError
from sensorium.library import Library
from sensorium.models.model_set import ModelSet
from sensorium.types import PICTURE_CHANNELS, TEXT_CHANNELS, Channel, Modality, Part, Query, Segment, Space
from sensorium.wording import spoken, words_of

from .probes import Probe, Words

if TYPE_CHECKING:
    from sensorium.types import Matrix

LIKED, DISLIKED = 0.75, 0.25
"""What feedback counts beside a query's own parts, which count 1; and what disliked items count against liked ones."""
PUSHED = -0.5
"""The weight of disliked items where none is liked: what resembles them goes down."""
MOST_ITEMS = 32
"""Liked or disliked items that are looked at, the last ones."""
MOST_SEGMENTS = 64
"""Segments of one item and channel that its mean is taken of, evenly spread."""
MOST_WORDS = 8
_CANDIDATES = 40
_FAMILIES: dict[Channel, tuple[Modality, tuple[Channel, ...]]] = {
    **dict.fromkeys(PICTURE_CHANNELS, (Modality.PICTURE, PICTURE_CHANNELS)),
    **dict.fromkeys(TEXT_CHANNELS, (Modality.ITEM, TEXT_CHANNELS)),
    Channel.SOUND: (Modality.SOUND, (Channel.SOUND,)),
}
"""As what a channel's vectors are asked, and which channels. A passage asks as ITEM: it is no short text."""


def with_feedback(query: Query) -> Query:
    """The query with its liked and disliked items as one more part.

    Raises `QueryError` where there are disliked ones and nothing else.
    """
    if not query.more and not query.less:
        return query
    if not query.more and not query.parts:
        raise QueryError("Say what is wanted as well: words, an example, or items that are liked.")
    if query.more:
        weight = LIKED if any(part.weight > 0 for part in query.parts) else 1.0
        part = Part(Modality.ITEM, weight=weight, likes=query.more, dislikes=query.less)
    else:
        part = Part(Modality.ITEM, weight=PUSHED, likes=query.less)
    return replace(query, parts=(*query.parts, part))


def not_to_be_shown(query: Query) -> set[int]:
    """Items that a query gives as examples: disliked ones, and liked ones where they are all that is asked by."""
    asked = any(part.weight > 0 and not part.likes for part in query.parts)
    examples = {part.like for part in query.parts if part.like is not None and part.weight > 0}
    return examples | set(query.less) | (set() if asked else set(query.more))


def item_ids(given: Iterable[str], library: Library) -> tuple[int, ...]:
    """The ids of items that are named by id or by the path of a file of theirs, each once.

    Raises `QueryError` for what names none.
    """
    paths: dict[Path, int] = {}
    ids = []
    for name in given:
        if not _is_id(name) and not paths:
            paths = library.items_by_path()
        found = int(name) if _is_id(name) else paths.get(Path(name).resolve())
        if found is None or not library.items([found]):
            raise QueryError(
                f"{name!r} is no item of this library. Give an id, as answers name it, or an indexed file."
            )
        ids.append(found)
    return tuple(dict.fromkeys(ids))


def _is_id(name: str) -> bool:
    return name.isdigit() and len(name) < 19  # as large as a database's ids can be


@dataclass(frozen=True, slots=True)
class Liked:
    """What a part of liked and disliked items asks."""

    probes: tuple[Probe, ...]
    words: tuple[Words, ...]


def liked(number: int, part: Part, library: Library, models: ModelSet) -> Liked:
    """The likes and dislikes of a part as probes and words. Items that have gone meanwhile are passed over.

    Raises `QueryError` where none of the likes is left, or none has anything to compare with.
    """
    likes = [library.segments_of_item(item_id) for item_id in part.likes[-MOST_ITEMS:]]
    dislikes = [library.segments_of_item(item_id) for item_id in part.dislikes[-MOST_ITEMS:]]
    if not any(likes):
        raise QueryError("None of the items that others should be like is in the library any more.")
    probes = []
    for modality, channels in dict.fromkeys(_FAMILIES.values()):
        for space in dict.fromkeys(space for channel in channels for space in models.spaces_for(channel)):
            wanted = _means(likes, channels, space, library)
            if len(wanted):
                vectors = rocchio(wanted, _means(dislikes, channels, space, library))
                probes.append(Probe(number, modality, space, vectors, part.channels))
    words = telling_words(likes, dislikes, library)
    if not probes and not words:
        raise QueryError("The items that others should be like have nothing that can be compared.")
    return Liked(tuple(probes), (Words(number, spoken(" ".join(words)), part.channels),) if words else ())


def rocchio(likes: Matrix, dislikes: Matrix) -> Matrix:
    """float32[n + 1 or 1, dimension], unit rows: the mean of `likes`, and each of several, away from `dislikes`.

    Both are float32[n, dimension], unit rows; `likes` has one at least.
    """
    rows: Matrix = likes if len(likes) == 1 else np.concatenate([_unit(likes.mean(axis=0, keepdims=True)), likes])
    return _unit(rows - DISLIKED * dislikes.mean(axis=0)) if len(dislikes) else rows


def _means(items: Iterable[Sequence[Segment]], channels: Sequence[Channel], space: Space, library: Library) -> Matrix:
    """The mean of each item's segments of some channels in a space: float32[n, dimension]. Names stand in for more."""
    rows = []
    for segments in items:
        own = [segment for segment in segments if segment.channel in channels]
        own = [segment for segment in own if segment.channel is not Channel.NAME] or own
        if not own:
            continue
        places = np.linspace(0, len(own) - 1, min(MOST_SEGMENTS, len(own))).round().astype(int)
        vectors = library.vectors_of(space, [own[place].id for place in places])[1]
        if len(vectors):
            rows.append(vectors.mean(axis=0))
    return _unit(np.stack(rows)) if rows else np.empty((0, space.dimension), np.float32)


def _unit(rows: Matrix) -> Matrix:
    unit: Matrix = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return unit


def telling_words(
    likes: Iterable[Sequence[Segment]], dislikes: Iterable[Sequence[Segment]], library: Library
) -> tuple[str, ...]:
    """The words that tell the liked items' texts from others, at most `MOST_WORDS`: by tf * idf, less the disliked."""
    wanted, unwanted = _frequencies(likes), _frequencies(dislikes)
    weights = {word: count - DISLIKED * unwanted.get(word, 0.0) for word, count in wanted.items()}
    candidates = sorted(weights, key=lambda word: (-weights[word], word))[:_CANDIDATES]
    rarity = library.rarity(candidates)
    ranked = sorted(candidates, key=lambda word: (-weights[word] * rarity[word], word))
    return tuple(word for word in ranked if weights[word] * rarity[word] > 0)[:MOST_WORDS]


def _frequencies(items: Iterable[Sequence[Segment]]) -> dict[str, float]:
    """How much each word is used: the sum over items of 1 + log tf. Numbers and single letters say nothing."""
    total: dict[str, float] = defaultdict(float)
    for segments in items:
        counts = Counter(
            word
            for segment in segments
            for word in words_of(segment.text or "")
            if len(word) > 2 and not word.isdigit()
        )
        for word, count in counts.items():
            total[word] += 1 + math.log(count)
    return total
