from itertools import pairwise

import numpy as np
import pytest

from sensorium.models.speech_spans import speech_spans
from sensorium.types import SAMPLE_RATE

pytest.importorskip("pocketsphinx")


def voice(seconds, seed=0):
    """A buzz at a voice's pitch through two formants, its loudness rising and falling four times a second."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    harmonics = [(120 * k, np.sin(2 * np.pi * 120 * k * time)) for k in range(1, 30)]
    formants = ((600, 400, 1.0), (1700, 300, 0.5))
    buzz = sum(
        level * wave * np.exp(-(((pitch - centre) / width) ** 2))
        for centre, width, level in formants
        for pitch, wave in harmonics
    )
    noise = np.random.default_rng(seed).normal(0, 0.02, len(time))
    return (3000 * (buzz * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time)) + noise)).clip(-32000, 32000).astype(np.int16)


def pause(seconds):
    return np.random.default_rng(9).normal(0, 2, round(seconds * SAMPLE_RATE)).astype(np.int16)


def seconds(spans):
    return [(start / SAMPLE_RATE, end / SAMPLE_RATE) for start, end in spans]


def test_silence_and_nothing_have_no_spans():
    assert speech_spans(np.zeros(0, dtype=np.int16)) == []
    assert speech_spans(np.zeros(100, dtype=np.int16)) == []
    assert speech_spans(pause(5)) == []


def test_two_sentences_with_a_long_pause_are_two_spans_at_their_times():
    sound = np.concatenate([pause(1), voice(2), pause(2), voice(3), pause(1)])
    (first_start, first_end), (second_start, second_end) = seconds(speech_spans(sound))
    assert (first_start, first_end) == pytest.approx((1, 3), abs=0.6)
    assert (second_start, second_end) == pytest.approx((5, 8), abs=0.6)
    # Nothing that was said is outside.
    assert first_start <= 1
    assert first_end >= 3
    assert second_start <= 5
    assert second_end >= 8


def test_a_breath_does_not_end_a_sentence():
    sound = np.concatenate([pause(1), voice(2), pause(0.5), voice(2), pause(1)])
    assert len(speech_spans(sound)) == 1


def test_speech_up_to_the_last_sample_is_kept():
    sound = np.concatenate([pause(1), voice(2)])
    assert speech_spans(sound)[-1][1] == len(sound)


def test_a_long_speech_is_cut_at_its_quietest_moment_and_stays_whole():
    sound = np.concatenate([voice(24), pause(0.3), voice(20, seed=1)])
    (first, cut), (start, end) = speech_spans(sound)
    assert first == 0
    assert cut == start
    assert cut / SAMPLE_RATE == pytest.approx(24.15, abs=0.15)
    assert end == len(sound)


def test_spans_never_overlap():
    sound = np.concatenate([part for _ in range(6) for part in (voice(1), pause(0.9))])
    spans = speech_spans(sound)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_a_single_short_word_is_found():
    sound = np.concatenate([pause(0.5), voice(0.4), pause(0.5)])
    ((start, end),) = seconds(speech_spans(sound))
    assert start <= 0.5
    assert end >= 0.9
