"""Finds where somebody speaks in a sound, with PocketSphinx's endpointer. Imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium.types import SAMPLE_RATE

if TYPE_CHECKING:
    from sensorium.types import Samples

Span = tuple[int, int]
"""Samples [first, end)."""

_MERGE = int(0.8 * SAMPLE_RATE)  # shorter pauses are breaths within a sentence, not ends of one
_MARGIN = int(0.25 * SAMPLE_RATE)  # soft first and last consonants that the endpointer leaves out
_LONGEST = 30 * SAMPLE_RATE
_CUT_FROM = 20 * SAMPLE_RATE  # a long stretch is cut at its quietest moment between here and the longest
_QUIET = SAMPLE_RATE // 20
_RATIO = 0.7  # of a window of 0.3 s; of 58 recordings of one spoken digit this finds 54, the library's own 0.9 finds 46


def speech_spans(samples: Samples) -> list[Span]:
    """Stretches with speech, in order, none overlapping, none longer than 30 s; pauses under 0.8 s are part of one."""
    merged: list[Span] = []
    for start, end in _endpoints(samples):
        if merged and start - merged[-1][1] < _MERGE:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return [part for span in _with_margins(merged, len(samples)) for part in _cut(samples, span)]


def _endpoints(samples: Samples) -> list[Span]:
    from pocketsphinx import Endpointer

    endpointer = Endpointer(ratio=_RATIO, sample_rate=SAMPLE_RATE)
    sound = samples.tobytes()
    step = endpointer.frame_bytes
    spans: list[Span] = []
    for first in range(0, len(sound) - step, step):
        spoke = endpointer.in_speech
        endpointer.process(sound[first : first + step])
        if spoke and not endpointer.in_speech:
            spans.append(_span(endpointer.speech_start, endpointer.speech_end))
    if endpointer.in_speech:  # it still holds back the last words: the sound ends before a pause does
        spans.append(_span(endpointer.speech_start, len(samples) / SAMPLE_RATE))
    return spans


def _span(start_s: float, end_s: float) -> Span:
    return round(start_s * SAMPLE_RATE), round(end_s * SAMPLE_RATE)


def _with_margins(spans: list[Span], length: int) -> list[Span]:
    """A margin before and after each, which two neighbours have room for: pauses are longer than two margins."""
    return [(max(0, start - _MARGIN), min(length, end + _MARGIN)) for start, end in spans]


def _cut(samples: Samples, span: Span) -> list[Span]:
    start, end = span
    parts = []
    while end - start > _LONGEST:
        cut = _quietest(samples, start + _CUT_FROM, start + _LONGEST)
        parts.append((start, cut))
        start = cut
    return [*parts, (start, end)]


def _quietest(samples: Samples, first: int, end: int) -> int:
    import numpy as np

    loudness = np.square(samples[first:end].astype(np.float32)).reshape(-1, _QUIET).mean(axis=1)
    return first + int(loudness.argmin()) * _QUIET + _QUIET // 2
