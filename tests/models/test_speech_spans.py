from itertools import pairwise

import numpy as np
import pytest

from sensorium.models.speech_spans import speech_spans
from sensorium.types import SAMPLE_RATE
from tests.spoken import music, noise, note, pause


def seconds(spans):
    return [(start / SAMPLE_RATE, end / SAMPLE_RATE) for start, end in spans]


def test_silence_and_nothing_have_no_spans():
    assert speech_spans(np.zeros(0, dtype=np.int16)) == []
    assert speech_spans(np.zeros(100, dtype=np.int16)) == []
    assert speech_spans(pause(5)) == []


@pytest.mark.parametrize("sound", [music(6), noise(4), noise(4, level=200)], ids=["music", "noise", "soft noise"])
def test_sounds_that_are_no_speech_have_no_spans(sound):
    assert speech_spans(sound) == []


def test_two_sentences_with_a_long_pause_are_two_spans_at_their_times():
    said = note(1)[: 4 * SAMPLE_RATE]
    (first_start, first_end), (second_start, second_end) = seconds(
        speech_spans(np.concatenate([pause(1), said, pause(2), said, pause(1)]))
    )
    assert (first_start, first_end) == pytest.approx((1, 5), abs=0.4)
    assert (second_start, second_end) == pytest.approx((7, 11), abs=0.4)


def test_speech_is_found_in_music():
    mixed = np.concatenate([music(3), note(2)[: 3 * SAMPLE_RATE] + music(3, seed=1) // 4, music(3, seed=2)])
    spans = seconds(speech_spans(mixed))
    assert spans[0][0] == pytest.approx(3, abs=0.6)
    assert spans[-1][1] == pytest.approx(6, abs=0.9)


def test_a_breath_does_not_end_a_sentence():
    said = note(1)[: 2 * SAMPLE_RATE]
    assert len(speech_spans(np.concatenate([pause(1), said, pause(0.3), said, pause(1)]))) == 1


def test_speech_up_to_the_last_sample_is_kept():
    said = np.concatenate([pause(1), note(1)[: 3 * SAMPLE_RATE]])
    assert speech_spans(said)[-1][1] == len(said)


def test_a_long_speech_is_cut_at_its_quietest_moment_and_stays_whole():
    first, second = note(1), note(2)
    sound = np.concatenate([first, first[: 11 * SAMPLE_RATE], pause(0.3), second, second])
    spans = speech_spans(sound)
    assert all(end - start <= 30 * SAMPLE_RATE for start, end in spans)
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert spans[0][0] < SAMPLE_RATE / 2
    assert spans[-1][1] > len(sound) - SAMPLE_RATE / 2
    assert spans[0][1] >= 20 * SAMPLE_RATE
    heard = np.abs(sound[spans[0][1] - 400 : spans[0][1] + 400].astype(int)).mean()
    assert heard < 0.2 * np.abs(sound.astype(int)).mean()


def test_spans_never_overlap():
    sound = np.concatenate([part for _ in range(4) for part in (note(3)[:SAMPLE_RATE], pause(0.9))])
    spans = speech_spans(sound)
    assert spans
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
