"""Finds where somebody speaks in a sound, so that nothing else is transcribed. Imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium.types import SAMPLE_RATE

from .voice_activity import STEP, speech_probabilities

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sensorium.types import Samples

Span = tuple[int, int]
"""Samples [first, end)."""

_BEGINS, _ENDS = 0.5, 0.35  # probabilities at which a stretch of speech begins and ends; Silero's own
_SURE = 0.9  # a bark or a creak is taken for speech as well, but seldom with certainty
_SHORTEST = int(0.1 * SAMPLE_RATE)
_MERGE = int(0.8 * SAMPLE_RATE)  # shorter pauses are breaths within a sentence, not ends of one
_MARGIN = int(0.25 * SAMPLE_RATE)  # soft first and last consonants
_LONGEST = 30 * SAMPLE_RATE
_CUT_FROM = 20 * SAMPLE_RATE  # a long stretch is cut at its quietest moment between here and the longest
_QUIET = SAMPLE_RATE // 20


def speech_spans(samples: Samples) -> list[Span]:
    """Stretches with speech, in order, none overlapping, none longer than 30 s; pauses under 0.8 s are part of one.

    Raises `ModelUnavailable` where the weights that tell speech from other sounds are missing.
    """
    merged: list[Span] = []
    for start, end in _stretches(speech_probabilities(samples), len(samples)):
        if merged and start - merged[-1][1] < _MERGE:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return [part for span in _with_margins(merged, len(samples)) for part in _cut(samples, span)]


def _stretches(probabilities: npt.NDArray[np.float32], length: int) -> list[Span]:
    """From where speech is more likely than not to where it is rather unlikely, if it was certain in between."""
    spans: list[Span] = []
    begun, surest = None, 0.0
    for step, probability in enumerate([*probabilities.tolist(), 0.0]):
        if begun is None and probability >= _BEGINS:
            begun, surest = step * STEP, probability
        elif begun is not None and probability < _ENDS:
            end = min(step * STEP, length)
            if surest >= _SURE and end - begun >= _SHORTEST:
                spans.append((begun, end))
            begun = None
        surest = max(surest, probability)
    return spans


def _with_margins(spans: list[Span], length: int) -> list[Span]:
    """A margin before and after each, which two neighbours have room for: pauses are longer than two margins."""
    return [(max(0, start - _MARGIN), min(length, end + _MARGIN)) for start, end in spans]


def _cut(samples: Samples, span: Span) -> list[Span]:
    start, end = span
    parts = []
    while end - start > _LONGEST:
        cut = quietest(samples, start + _CUT_FROM, start + _LONGEST)
        parts.append((start, cut))
        start = cut
    return [*parts, (start, end)]


def quietest(samples: Samples, first: int, end: int) -> int:
    """The middle of the quietest twentieth of a second between two samples a whole number of those apart."""
    import numpy as np

    loudness = np.square(samples[first:end].astype(np.float32)).reshape(-1, _QUIET).mean(axis=1)
    return first + int(loudness.argmin()) * _QUIET + _QUIET // 2
