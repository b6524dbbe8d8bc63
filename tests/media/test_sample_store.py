from __future__ import annotations

import numpy as np
import pytest

from sensorium.media.decoded import Limits
from sensorium.media.sample_store import SampleStore
from sensorium.media.sounds import decode_sound
from sensorium.types import SAMPLE_RATE


def chunks(minutes):
    rng = np.random.default_rng(0)
    return [rng.integers(-9000, 9000, 60 * SAMPLE_RATE).astype(np.int16) for _ in range(minutes)]


@pytest.mark.parametrize("minutes", [1, 5])
def test_what_went_in_comes_out(tmp_path, minutes):
    parts = chunks(minutes)
    for folder in (None, tmp_path):
        store = SampleStore(folder)
        for part in parts:
            store.add(part)
        found = store.finish()
        assert store.length == len(found) == minutes * 60 * SAMPLE_RATE
        np.testing.assert_array_equal(found, np.concatenate(parts))
        assert found.dtype == np.int16


def test_only_long_sounds_lie_in_a_file(tmp_path):
    short, long = SampleStore(tmp_path), SampleStore(tmp_path)
    for part in chunks(1):
        short.add(part)
    for part in chunks(5):
        long.add(part)
    assert not isinstance(short.finish(), np.memmap)
    assert isinstance(long.finish(), np.memmap)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_size == 2 * 5 * 60 * SAMPLE_RATE


def test_an_empty_store_gives_no_samples():
    assert len(SampleStore(None).finish()) == 0


def test_a_long_recording_is_the_same_from_a_file_as_from_memory(tmp_path, make):
    path = make.sound(tmp_path / "long.flac", "flac", duration_s=300.0, rate=16_000, channels=1)
    limits = Limits(1 << 30, 1 << 20, 600.0)
    spool = tmp_path / "spool"
    spool.mkdir()
    mapped = decode_sound(path, Limits(1 << 30, 1 << 20, 600.0, spool)).samples
    assert isinstance(mapped, np.memmap)
    np.testing.assert_array_equal(mapped, decode_sound(path, limits).samples)
