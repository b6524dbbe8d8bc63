"""Sounds are cut into spans short enough to hold one thing, and silence is left out."""

import numpy as np
import pytest

from sensorium.media.sound_spans import SILENT_PEAK, SPAN_S, sound_spans
from sensorium.types import SAMPLE_RATE


def noise(seconds, loudness=5000):
    return np.random.default_rng(0).integers(-loudness, loudness, int(seconds * SAMPLE_RATE)).astype(np.int16)


@pytest.mark.parametrize("seconds", [0.01, 1, SPAN_S])
def test_a_short_sound_is_one_span(seconds):
    assert sound_spans(noise(seconds)) == [(0, int(seconds * SAMPLE_RATE))]


def test_a_long_sound_is_cut_into_equal_spans_without_a_gap():
    samples = noise(3 * SPAN_S + 1)
    spans = sound_spans(samples)
    assert len(spans) == 4
    assert spans[0][0] == 0
    assert spans[-1][1] == len(samples)
    assert all(spans[i][1] == spans[i + 1][0] for i in range(3))
    lengths = [end - first for first, end in spans]
    assert max(lengths) - min(lengths) <= 1
    assert max(lengths) <= SPAN_S * SAMPLE_RATE


def test_silence_has_no_spans():
    assert sound_spans(np.zeros(0, np.int16)) == []
    assert sound_spans(np.zeros(SAMPLE_RATE, np.int16)) == []
    assert sound_spans(np.full(SAMPLE_RATE, SILENT_PEAK, np.int16)) == []


def test_a_silent_span_between_sounds_is_left_out():
    samples = np.concatenate([noise(SPAN_S), np.zeros(int(SPAN_S * SAMPLE_RATE), np.int16), noise(SPAN_S)])
    first, second = sound_spans(samples)
    assert first == (0, int(SPAN_S * SAMPLE_RATE))
    assert second == (int(2 * SPAN_S * SAMPLE_RATE), len(samples))


def test_a_single_loud_negative_sample_is_heard():
    samples = np.zeros(SAMPLE_RATE, np.int16)
    samples[100] = -32768
    assert len(sound_spans(samples)) == 1
