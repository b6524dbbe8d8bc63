"""Excerpts find their recordings and where they are from; other sounds find nothing."""

import numpy as np
import pytest

from sensorium.fingerprints import alignment
from sensorium.fingerprints.alignment import align
from sensorium.fingerprints.constellation import ASKED, constellation
from sensorium.fingerprints.tracks import Part
from tests.fingerprints.sounds import RATE, chirps, hum, music, noise, speech, through_mp3, with_noise

SURE = 5.0
"""Decades; unrelated sounds reach half of that once in a hundred queries."""
HUMS = range(9, 12)
RECORDINGS = {
    **{number: music(number) for number in range(1, 6)},
    **{number: chirps(number) for number in range(6, 9)},
    **{number: hum(number) for number in HUMS},
    **{number: noise(number) for number in range(12, 14)},
}


@pytest.fixture(scope="module")
def peaks():
    return {number: constellation(samples) for number, samples in RECORDINGS.items()}


@pytest.fixture(scope="module")
def part(peaks):
    return Part.of(peaks.items())


def ask(samples, *parts):
    return align(constellation(samples, ASKED), parts)


def excerpt(samples, start_s, seconds=5.0):
    return samples[int(start_s * RATE) : int((start_s + seconds) * RATE)]


@pytest.mark.parametrize("number", [number for number in RECORDINGS if number not in HUMS])
def test_a_noisy_compressed_excerpt_finds_its_recording_and_its_place(part, number):
    asked = through_mp3(with_noise(excerpt(RECORDINGS[number], 3.217), snr_db=10))
    best, *others = ask(asked, part)
    assert best.id == number
    assert best.offset_s == pytest.approx(3.217, abs=0.1)
    assert best.decades > SURE
    assert all(other.decades < SURE for other in others)


@pytest.mark.parametrize("make", [music, chirps, hum, noise])
def test_a_sound_that_is_not_there_finds_nothing(part, make):
    found = ask(with_noise(make(99, seconds=5), snr_db=10), part)
    assert all(alignment.decades < SURE for alignment in found)


def test_what_is_the_same_at_any_time_is_no_evidence(part):
    """A hum agrees with every other hum wherever one is put on the other: nothing tells which it is."""
    assert all(found.decades < SURE for found in ask(with_noise(hum(9, seconds=5), snr_db=10), part))


def test_half_a_second_is_enough_where_the_recording_is_short():
    words = {n: speech(word) for n, word in enumerate(["yes", "no", "seven", "eleven", "good morning"])}
    part = Part.of((number, constellation(samples)) for number, samples in words.items())
    for number, samples in words.items():
        assert len(samples) < 1.5 * RATE
        assert ask(through_mp3(with_noise(samples, snr_db=10)), part)[0].id == number


def test_speech_is_told_from_the_same_voice_saying_something_else(part):
    said = speech("The quick brown fox jumps over the lazy dog while the band plays on and on.")
    other = speech("Meet me at the lighthouse tonight, and bring a rope and a lantern with you.")
    both = Part.of([(1, constellation(said)), (2, constellation(other))])
    found = ask(with_noise(excerpt(said, 1.0, 3.0), snr_db=10), both, part)
    assert found[0].id == 1
    assert found[0].offset_s == pytest.approx(1.0, abs=0.1)
    assert all(alignment.decades < SURE for alignment in found[1:])


def test_a_recording_is_found_inside_of_a_longer_sound(part):
    longer = np.concatenate([music(50, seconds=4), excerpt(RECORDINGS[2], 0, 6), music(51, seconds=4)])
    best = ask(longer, part)[0]
    assert (best.id, best.offset_s) == (2, pytest.approx(-4.0, abs=0.1))


def test_silence_and_an_empty_library_find_nothing(part):
    assert ask(np.zeros(RATE, np.int16), part) == []
    assert ask(np.zeros(0, np.int16), part) == []
    assert ask(RECORDINGS[1], Part.of([])) == []
    assert ask(RECORDINGS[1]) == []


def test_a_recording_without_peaks_does_no_harm(peaks):
    silent = constellation(np.zeros(RATE, np.int16))
    part = Part.of([(1, silent), (2, peaks[2]), (3, silent)])
    assert [found.id for found in ask(excerpt(RECORDINGS[2], 2), part)] == [2]


def test_recordings_in_several_parts_are_found_as_in_one(peaks, part):
    numbers = sorted(peaks)
    parts = [Part.of((number, peaks[number]) for number in numbers[start::3]) for start in range(3)]
    for number in (1, 7, 12):
        asked = excerpt(RECORDINGS[number], 4.0)
        assert ask(asked, *parts)[0] == ask(asked, part)[0]


def test_merged_parts_answer_as_one_that_was_made_at_once(peaks, part):
    numbers = sorted(peaks)
    pieces = [Part.of([(number, peaks[number])]) for number in numbers]
    merged = pieces[0]
    for piece in pieces[1:]:
        merged = merged.and_(piece)
    for name in ("ids", "starts", "lengths", "hashes", "ends"):
        np.testing.assert_array_equal(getattr(merged, name), getattr(part, name))
    assert ask(excerpt(RECORDINGS[3], 4.0), merged) == ask(excerpt(RECORDINGS[3], 4.0), part)


def test_the_rarest_hashes_are_enough(part, monkeypatch):
    monkeypatch.setattr(alignment, "MOST_POSTINGS", 500)
    assert ask(excerpt(RECORDINGS[4], 4.0), part)[0].id == 4
