from __future__ import annotations

import numpy as np
import pytest

from sensorium.media.workers import DecodePool
from sensorium.models.hearing import PIECE_S, Hearing, cut_pieces
from sensorium.types import SAMPLE_RATE
from tests.fakes import BeepTranscriber

BEEP = np.full(SAMPLE_RATE // 2, 9000, np.int16)


@pytest.fixture(scope="module")
def pool():
    with DecodePool(workers=2) as pool:
        yield pool


def beeps(*seconds, length_s):
    """A sound that is silent but for half a second from each of `seconds` on."""
    sound = np.random.default_rng(1).integers(20, 40, length_s * SAMPLE_RATE).astype(np.int16)
    for second in seconds:
        sound[round(second * SAMPLE_RATE) :][: len(BEEP)] = BEEP
    return sound


def test_pieces_follow_one_another_and_end_where_it_is_quiet():
    sound = np.full(150 * SAMPLE_RATE, 5000, np.int16)
    sound[round(52.0 * SAMPLE_RATE) : round(52.2 * SAMPLE_RATE)] = 3
    sound[round(101.0 * SAMPLE_RATE) : round(101.2 * SAMPLE_RATE)] = 3
    pieces = list(cut_pieces(sound, 60.0))
    assert [end / SAMPLE_RATE for _, end in pieces] == pytest.approx([52.1, 101.1, 150.0], abs=0.1)
    assert [start for start, _ in pieces] == [0, *(end for _, end in pieces[:-1])]
    assert list(cut_pieces(sound[: 10 * SAMPLE_RATE], 60.0)) == [(0, 10 * SAMPLE_RATE)]
    assert list(cut_pieces(sound[:0], 60.0)) == []


@pytest.mark.parametrize("in_worker", [True, False])
def test_utterances_keep_their_times_however_the_sound_is_cut(pool, tmp_path, in_worker):
    times = [3.0, 47.5, 70.0, 130.0, 171.25]
    sound = beeps(*times, length_s=180)
    told = []
    hearing = Hearing(BeepTranscriber(runs_in_worker=in_worker), pool, workers=2, timeout_s=60)
    heard = hearing.hear(tmp_path / "talk.wav", sound, told=told.append)
    assert [each.text for each in heard.utterances] == ["beep"] * 5
    assert [each.start_s for each in heard.utterances] == pytest.approx(times, abs=0.001)
    assert [each.end_s for each in heard.utterances] == pytest.approx([time + 0.5 for time in times], abs=0.001)
    assert heard.problems == ()
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) >= (180 / PIECE_S if in_worker else 1)


def test_a_stretch_that_cannot_be_heard_costs_no_more_than_itself(pool, tmp_path):
    sound = beeps(3.0, 130.0, length_s=180)
    sound[70 * SAMPLE_RATE] = BeepTranscriber.POISON
    hearing = Hearing(BeepTranscriber(runs_in_worker=True), pool, workers=2, timeout_s=60)
    heard = hearing.hear(tmp_path / "talk.wav", sound)
    assert [each.start_s for each in heard.utterances] == pytest.approx([3.0, 130.0], abs=0.001)
    (problem,) = heard.problems
    assert "talk.wav" in problem
    assert problem.split(":")[0] in {"0", "1"}


def test_a_sound_mapped_from_a_file_is_heard_like_any_other(pool, tmp_path):
    sound = beeps(1.0, 62.0, length_s=65)
    sound.tofile(tmp_path / "sound")
    mapped = np.memmap(tmp_path / "sound", np.int16, mode="r")
    hearing = Hearing(BeepTranscriber(runs_in_worker=True), pool, workers=2, timeout_s=60)
    assert [each.start_s for each in hearing.hear(tmp_path, mapped).utterances] == pytest.approx([1.0, 62.0], abs=0.001)
