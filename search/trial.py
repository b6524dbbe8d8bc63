"""Asks a library nonsense, all of it at once, and keeps how good the best is that each query finds.

A thousand queries are one matrix product for each channel, and their matches one list: a segment that a query finds
stands in it under a number that tells both, and so does its item.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from sensorium.catalogue.facts import Background
from sensorium.library import Library
from sensorium.models.looks import by_space, encode_whole, picture_spaces
from sensorium.models.model_set import ModelSet
from sensorium.models.protocols import TextEncoder
from sensorium.types import PICTURE_CHANNELS, TEXT_CHANNELS, Channel, Modality, Space
from sensorium.wording import read_wording

from .calibrate import Key, calibrate, describe
from .chance import ANY, CHANCE, strength_of
from .fusion.claims import claims_of
from .fusion.weights import SHIPPED
from .matches import WORDS, Matches, Source
from .nonsense import noise_pictures, noises, nonsense_words, word_salads
from .plan import choose

if TYPE_CHECKING:
    from sensorium.types import Matrix
    from sensorium.vectors.protocol import Ids

    from .matches import Floats

Written: TypeAlias = "tuple[Space, Matrix]"
"""A space, and examples in it: float32[n, space.dimension]."""
Best: TypeAlias = "Mapping[Channel, Floats]"
"""The surplus of the best claim that each of n queries gets from a channel, float64[n]; -inf where it gets none."""
TEXTS, EXAMPLES = 1200, 800
"""Nonsense queries by words, and of each kind of example: .05 of them is told to within .006 and .008 (one standard
error)."""
SEED = 0
DEPTH = 30
"""Segments of each channel that a nonsense query is answered with; the best of them counts."""
LIKE_DEPTH = 5
"""The same for examples, in each space: where pictures have two vectors, the best by both is seldom further down."""
_QUERY = 1 << 40
"""Query q's segment, or item, i is q * _QUERY + i."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts, and their vectors in every space that words are written into: row i is that of text i."""

    words: Sequence[str]
    written: Sequence[Written]


def fit_chances(
    library: Library,
    models: ModelSet,
    backgrounds: Mapping[Key, Background],
    *,
    texts: int = TEXTS,
    examples: int = EXAMPLES,
) -> dict[Key, Background]:
    """Ask the library nonsense, and keep how good the best is, by channel and over all.

    `texts` queries by words and `examples` of each kind; the same ones every time.
    """
    fitted = _described(Modality.TEXT, ask_texts(written_salads(texts, SEED, models), library, models, backgrounds))
    for modality, written in written_examples(examples, SEED, models, library.segment_counts()).items():
        fitted |= _described(modality, ask_examples(modality, written, library, backgrounds))
    return fitted


def written_texts(texts: Sequence[str], models: ModelSet) -> Texts:
    """Any texts."""
    return Texts(texts, [(encoder.space, encoder.encode_texts(texts)) for encoder in models.texts])


def written_salads(count: int, seed: int, models: ModelSet) -> Texts:
    """`count` texts of words thrown together."""

    def draw(many: int) -> list[str]:
        return word_salads(nonsense_words(), many, np.random.default_rng(seed))

    def rows(encoder: TextEncoder) -> Matrix:
        spaces = (encoder.space,)
        return models.remembered.rows(f"salads-{seed}", spaces, count, draw=draw, encode=encoder.encode_texts)

    return Texts(draw(count), [(encoder.space, rows(encoder)) for encoder in models.texts])


def written_examples(
    count: int, seed: int, models: ModelSet, held: Collection[Channel]
) -> dict[Modality, list[Written]]:
    """`count` pictures of noise, and as many noises: their vectors in every space.

    Only of what a library with the channels `held` is likely to be asked. Encoding them takes ten seconds, once.
    """
    written: dict[Modality, list[Written]] = {}
    if any(channel in held for channel in PICTURE_CHANNELS):
        spaces = picture_spaces(models.pictures)
        pictures = models.remembered.rows(
            f"noise-pictures-{seed}",
            spaces,
            count,
            draw=lambda many: noise_pictures(many, np.random.default_rng((seed, 1))),
            encode=lambda drawn: encode_whole(models.pictures, drawn),
        )
        written[Modality.PICTURE] = by_space(pictures, spaces)
    sound = models.sound
    if Channel.SOUND in held and sound is not None:
        heard = models.remembered.rows(
            f"noises-{seed}",
            (sound.space,),
            count,
            draw=lambda many: noises(many, np.random.default_rng((seed, 2))),
            encode=sound.encode_sounds,
        )
        written[Modality.SOUND] = [(sound.space, heard)]
    return written


def ask_texts(texts: Texts, library: Library, models: ModelSet, backgrounds: Mapping[Key, Background]) -> Best:
    """What texts find, by meaning and by words."""
    found = []
    with library.reading():
        for channel, total in library.segment_counts().items():
            for space, vectors in texts.written:
                if space in models.spaces_for(channel):
                    exact = choose(library, space, channel, kept=None, total=total).exact
                    source = Source(0, Modality.TEXT, channel, space.name)
                    found.append(_nearest(library, source, space, vectors, depth=DEPTH, exact=exact))
            if channel in TEXT_CHANNELS:
                found.append(_by_words(library, channel, total, texts.words))
        return _best(len(texts.words), found, library, backgrounds)


def ask_examples(
    modality: Modality, written: Sequence[Written], library: Library, backgrounds: Mapping[Key, Background]
) -> Best:
    """What examples find that have nothing but vectors. Row i of every space in `written` is example i."""
    found = []
    with library.reading():
        for channel in library.segment_counts():
            for space, vectors in written:
                if (modality, channel, space.name) in backgrounds:
                    source = Source(0, modality, channel, space.name)
                    found.append(_nearest(library, source, space, vectors, depth=LIKE_DEPTH, exact=True))
        return _best(len(written[0][1]), found, library, backgrounds)


def over_all(best: Best, modality: Modality, fitted: Mapping[Key, Background]) -> Floats:
    """float64[n]: how unlikely the least likely claim of each query is in its channel; 0 for one that finds nothing."""
    strengths = [
        np.where(np.isneginf(values), 0.0, strength_of(values, fitted.get((modality, channel, CHANCE))))
        for channel, values in best.items()
    ]
    least: Floats = np.maximum.reduce([np.zeros_like(strengths[0]), *strengths])
    return least


def _nearest(
    library: Library, source: Source, space: Space, vectors: Matrix, *, depth: int, exact: bool | None
) -> Matches:
    near = library.nearest(space, source.channel, vectors, depth, exact=exact)
    queries, places = np.nonzero(near.ids >= 0)
    total = library.segment_counts()[source.channel]
    segments, raw = queries * _QUERY + near.ids[queries, places], near.scores[queries, places].astype(np.float64)
    return Matches(source, total, segments, raw, places + 1)


def _by_words(library: Library, channel: Channel, total: int, texts: Sequence[str]) -> Matches:
    found = [
        (number * _QUERY + segment, score, rank)
        for number, text in enumerate(texts)
        for rank, (segment, score) in enumerate(library.find_words(channel, read_wording(text), DEPTH), 1)
    ]
    segments, raw, ranks = (np.array([row[column] for row in found]) for column in range(3))
    source = Source(0, Modality.TEXT, channel, WORDS)
    return Matches(source, total, segments.astype(np.int64), raw.astype(np.float64), ranks.astype(np.int64))


def _best(count: int, found: Sequence[Matches], library: Library, backgrounds: Mapping[Key, Background]) -> Best:
    owners = library.snapshot().owners

    def both(channel: Channel, segments: Ids) -> Ids:
        items = owners(channel, segments % _QUERY)
        return np.where(items < 0, -1, segments // _QUERY * _QUERY + items)

    calibrated = calibrate([matches for matches in found if len(matches)], backgrounds, both)
    best: dict[Channel, Floats] = {}
    claims = claims_of([one for one in calibrated if len(one)], SHIPPED)
    queries, channels = claims.items[claims.ends] // _QUERY, claims.channels[claims.ends]
    for number, channel in enumerate(claims.names):
        own = channels == number
        best[channel] = np.full(count, -np.inf)
        np.maximum.at(best[channel], queries[own], claims.surplus[own])
    return best


def _described(modality: Modality, best: Best) -> dict[Key, Background]:
    fitted: dict[Key, Background] = {}
    for channel, values in best.items():
        silent = values[np.isfinite(values)].min() - 1.0
        fitted[modality, channel, CHANCE] = describe(np.maximum(values, silent).astype(np.float32))
    if fitted:
        fitted[modality, ANY, CHANCE] = describe(over_all(best, modality, fitted).astype(np.float32))
    return fitted
