"""Peaks of sounds: where they are, how many, and that blocks and packing leave no trace."""

import numpy as np
import pytest

from sensorium.fingerprints import constellation as module
from sensorium.fingerprints.constellation import TICK, WINDOW, Constellation, Density, constellation
from tests.fingerprints.sounds import RATE, hum, music


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("ticks", "bins", "levels"))


def test_a_burst_is_a_peak_at_its_time_and_frequency():
    samples = np.zeros(2 * RATE, np.int16)
    times = np.arange(WINDOW) / RATE
    samples[RATE : RATE + WINDOW] = 9000 * np.hanning(WINDOW) * np.sin(2 * np.pi * 1000 * times)
    peaks = constellation(samples)
    highest = int(peaks.levels.argmax())
    assert peaks.ticks[highest] == (RATE + WINDOW // 2) // TICK
    assert peaks.bins[highest] == 1000 * WINDOW // RATE


@pytest.mark.parametrize("samples", [0, 1, 100, WINDOW, RATE])
def test_silence_has_no_peaks(samples):
    assert len(constellation(np.zeros(samples, np.int16))) == 0


def test_the_converters_noise_is_silence():
    dither = np.random.default_rng(0).integers(-1, 2, 10 * RATE).astype(np.int16)
    assert len(constellation(dither)) == 0


@pytest.mark.parametrize("samples", [1, 100, 1600])
def test_very_short_sounds_are_described_without_complaint(samples):
    peaks = constellation(music(1)[:samples])
    assert (peaks.ticks <= samples // TICK).all()


def test_the_density_bounds_the_number_of_peaks():
    sound = music(1, seconds=10)
    assert len(constellation(sound, Density(per_s=5, least=20, most=1000))) == 50
    assert len(constellation(sound, Density(per_s=1, least=20, most=1000))) == 20
    assert len(constellation(sound, Density(per_s=20, least=20, most=100))) == 100


def test_quiet_passages_are_described_as_well_as_loud_ones():
    quiet = (music(1, seconds=5) // 50).astype(np.int16)
    peaks = constellation(np.concatenate([quiet, music(2, seconds=5)]), Density(per_s=10, least=1, most=1000))
    assert np.count_nonzero(peaks.ticks * TICK < 5 * RATE) == pytest.approx(50, abs=5)


def test_blocks_leave_no_trace(monkeypatch):
    sound = music(3, seconds=8) + hum(1, seconds=8) // 4
    whole = constellation(sound)
    monkeypatch.setattr(module, "_TICKS_AT_ONCE", 37)
    assert same(constellation(sound), whole)


def test_a_packed_constellation_unpacks_to_itself():
    peaks = constellation(music(4))
    packed = peaks.pack()
    assert len(packed) == 5 * len(peaks)
    assert same(Constellation.unpack(packed), peaks)
    assert len(Constellation.unpack(b"")) == 0
