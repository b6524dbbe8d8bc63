"""Makes scores of different channels comparable: a score is worth how seldom unrelated queries reach it.

For each (query modality, channel, matcher) the library keeps the distribution of scores that background queries get
from its own segments. The surprise of a score is -log10 of the share of unrelated pairs that score at least as high:
empirical where there are pairs enough, an exponential tail beyond (peaks over threshold; Pickands, 1975). Among n
segments, E = n * 10^-surprise of them are expected to do as well by chance: the E-value of sequence search (Karlin and
Altschul, 1990). A match is worth log10(1 + 1/E): the decades by which it beats chance where it does, and about the
inverse of the rank that chance would give it where it does not.

Nothing is normalised within one list of results: the best of many poor answers scores as poorly as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from statistics import NormalDist
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sensorium.catalogue.facts import Background
from sensorium.library import Library
from sensorium.models.looks import picture_spaces
from sensorium.models.model_set import ModelSet
from sensorium.types import PICTURE_CHANNELS, TEXT_CHANNELS, Channel, Modality, Space

from .matches import FINGERPRINT, WORDS, Calibrated, Matches, Source, merged
from .recognise import LAWS

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.types import Matrix
    from sensorium.vectors.protocol import Ids

    from .matches import Floats

    Scores = npt.NDArray[np.float32]

Key = tuple[str, str, str]
"""(modality, channel, matcher)."""
SAMPLE = 20_000
"""Segments of a channel that are sampled at most."""
STEADY = 0.05
"""A background is good until so large a share of a library's segments has come or gone."""
FACT = "calibrated_channels"
"""The library's fact that names the channels whose backgrounds were measured."""
QUERIES = 200
"""Pictures of the library, and sounds, that serve as background queries at most."""
RELATIVES = 0.05
"""Share of a library's sounds that are taken to be relatives of one of them, and so no background of its likeness."""
STEPS_A_DECADE = 4
NORMAL_UNTIL = 2.0
"""A surprise of 2, one in a hundred, is measured wherever there are a thousand pairs."""
LEAST_SPREAD = 0.05
"""Two or three pairs may all score the same; cosines of unrelated texts and pictures spread at least this much."""
LEAST_DECADE = 0.03
"""Past the table, a score must rise at least this much to be ten times rarer: one steep step is not a tail."""
_LN10 = math.log(10)

Values = TypeVar("Values", float, "Floats")
"""One, or an array of any shape."""


Owners = Callable[[Channel, "Ids"], "Ids"]
"""The item of each segment of a channel, int64[n] both; -1 for those that are no longer there."""


def calibrate(found: Iterable[Matches], backgrounds: Mapping[Key, Background], owners: Owners) -> list[Calibrated]:
    """The matches with their items and surprise, one list for each source.

    Matches of segments without an owner are left out. Where a channel has no background, rank stands in for it.
    """
    lists: dict[Source, list[Calibrated]] = {}
    for matches in found:
        items = owners(matches.source.channel, matches.segments)
        one = Calibrated(matches, items, _surprises(matches, backgrounds))
        lists.setdefault(matches.source, []).append(one if items.min(initial=0) >= 0 else one.where(items >= 0))
    return [own[0] if len(own) == 1 else merged(own) for own in lists.values()]


def _surprises(matches: Matches, backgrounds: Mapping[Key, Background]) -> Floats:
    source = matches.source
    if source.matcher == FINGERPRINT:
        return surprise_of(matches.raw, LAWS[source.channel])
    background = backgrounds.get((source.modality, source.channel, source.matcher))
    if background is None:
        return np.log10(matches.among / matches.ranks)
    return surprise_of(matches.raw, background)


def surplus(surprise: Values, among: int) -> Values:
    """-log10 E: by how many decades a surprise beats what chance brings among so many segments."""
    return surprise - math.log10(max(1, among))


def worth(surplus: Values) -> Values:
    """log10(1 + 1/E) of a surplus. Above 1 a match is no accident; at 0.3 chance alone brings one as good."""
    worths: Values = np.logaddexp(0.0, surplus * _LN10) / _LN10
    return worths


def surprise_of(raw: Values, background: Background) -> Values:
    """-log10 of the share of unrelated pairs that score `raw` or more, carried on as a straight line past the last."""
    scores, surprises = background.scores, background.surprises
    known = np.interp(raw, scores, surprises)
    tail = max(0, len(scores) - 1 - STEPS_A_DECADE)
    width = max(scores[-1] - scores[tail], LEAST_DECADE * (surprises[-1] - surprises[tail]), 1e-9)
    slope = (surprises[-1] - surprises[tail]) / width if tail < len(scores) - 1 else 1 / LEAST_DECADE
    beyond: Values = known + np.maximum(0.0, raw - scores[-1]) * slope
    return beyond


def outdated(counts: Mapping[Channel, int], *, measured: Iterable[str], changes: int) -> bool:
    """Whether to measure a library anew that now has these `counts` of segments, after so many `changes` of them."""
    return set(counts) != set(measured) or changes > STEADY * sum(counts.values())


def fit(library: Library, models: ModelSet) -> dict[Key, Background]:
    """Measure the background of every channel of a library for words, pictures, sounds and its own texts as queries."""
    texts = background_texts()
    asked: dict[Space, dict[Modality, Matrix]] = {}
    for encoder in models.texts:
        # a text that lies in the library is longer than one that is typed, and likens more
        own = _own_queries(library, encoder.space, TEXT_CHANNELS)
        asked[encoder.space] = {Modality.TEXT: encoder.encode_texts(texts), Modality.ITEM: own}
    for space in picture_spaces(models.pictures):
        asked.setdefault(space, {})[Modality.PICTURE] = _own_queries(library, space, PICTURE_CHANNELS)
    if models.sound is not None:
        space = models.sound.space
        asked.setdefault(space, {})[Modality.SOUND] = _own_queries(library, space, (Channel.SOUND,))
    fitted: dict[Key, Background] = {}
    for space, queries in asked.items():
        fitted |= _fit_space(library, space, queries)
    with library.reading():
        for channel in TEXT_CHANNELS:
            scores, zeros = _word_scores(library, channel, texts)
            if len(scores):
                fitted[Modality.TEXT, channel, WORDS] = describe(scores, zeros=zeros)
    return fitted


@cache
def background_texts() -> tuple[str, ...]:
    """Short texts of all kinds that have nothing to do with one another."""
    return tuple(files(__package__).joinpath("background.txt").read_text().split("\n")[:-1])


def _fit_space(library: Library, space: Space, asked: Mapping[Modality, Matrix]) -> dict[Key, Background]:
    """The backgrounds of all channels in a space, by what queries are made of; a modality without any has none."""
    fitted: dict[Key, Background] = {}
    for channel in Channel:
        vectors = library.vectors(space, channel, most=SAMPLE)[1]
        for modality, queries in asked.items() if len(vectors) else ():
            scores = queries @ vectors.T
            if modality is Modality.SOUND and channel is Channel.SOUND and len(queries):
                scores = typical(scores)
            others = scores[scores < 0.999]  # a picture, or a sound, is related to itself
            if len(others):
                fitted[modality, channel, space.name] = describe(others)
    return fitted


def typical(scores: Scores) -> Scores:
    """What a typical query gets, from its poorest to its best, of float32[queries, segments], relatives left out.

    The median over queries, place by place: a hundred recordings of speech are like one another, and likeness of sounds
    is not common for that.
    """
    kept = scores.shape[1] - math.ceil(RELATIVES * scores.shape[1])
    median: Scores = np.median(np.sort(scores, axis=1)[:, :kept], axis=0).astype(np.float32)
    return median


def _own_queries(library: Library, space: Space, channels: Iterable[Channel]) -> Matrix:
    """Vectors of the library's own pictures, sounds or texts: as queries, unrelated to nearly everything else in it."""
    found = [library.vectors(space, channel, most=SAMPLE)[1] for channel in channels]
    filled = [vectors for vectors in found if len(vectors)]
    return _sample(np.concatenate(filled), QUERIES) if filled else np.empty((0, space.dimension), np.float32)


def _sample(rows: Matrix, size: int) -> Matrix:
    if len(rows) <= size:
        return rows
    return rows[np.random.default_rng(0).choice(len(rows), size, replace=False)]


def _word_scores(library: Library, channel: Channel, texts: tuple[str, ...]) -> tuple[Scores, int]:
    """The full-text scores of pairs of a text and a segment that are not zero, and how many pairs are."""
    total = library.segment_counts().get(channel, 0)
    found = [score for text in texts for _, score in library.find_words(channel, text, total) if score > 0]
    return np.array(found, np.float32), len(texts) * total - len(found)


def describe(scores: Scores, *, zeros: int = 0) -> Background:
    """The upper tail of `scores`, float32[n] with n > 0, and so many zeros, in four steps a decade down to the tenth
    largest.

    A small library has too few pairs for that: from where they end up to `NORMAL_UNTIL`, a normal distribution of
    their mean and spread stands in.
    """
    count = len(scores) + zeros
    ordered = np.sort(scores)[::-1]
    steps = np.arange(0, max(0.0, np.log10(count / 10)) + 1e-9, 1 / STEPS_A_DECADE)
    places = np.minimum((count * 10.0**-steps).astype(int), count) - 1
    reached = np.where(places < len(ordered), ordered[np.minimum(places, len(ordered) - 1)], 0.0)
    points = dict(zip(reached.tolist(), steps.tolist(), strict=True))  # equal scores keep the rarest
    wide = scores.astype(np.float64)
    mean = float(wide.sum()) / count
    spread = max(math.sqrt(max(0.0, float((wide**2).sum()) / count - mean**2)), LEAST_SPREAD)
    rarest = float(steps[-1])
    while rarest < NORMAL_UNTIL:
        rarest += 1 / STEPS_A_DECADE
        expected = mean + spread * NormalDist().inv_cdf(1 - 10**-rarest)
        points[max(expected, max(points) + 1e-3)] = rarest
    rising = sorted(points.items())
    return Background(tuple(score for score, _ in rising), tuple(step for _, step in rising))
