"""What is packed comes back, within the noise that packing may add."""

import numpy as np
import pytest

from sensorium.models.log_mel import RATE
from training.sound.pack import (
    STEPS_TO_PEAK,
    changes_of,
    compressed,
    joined,
    read_changes,
    samples_of,
    write_changes,
)


def test_samples_survive_within_half_a_step():
    random = np.random.default_rng(0)
    waves = [
        random.integers(-32768, 32768, RATE).astype(np.int16),
        np.zeros(100, np.int16),
        np.array([-32768, 32767, 0, -1], np.int16),
        random.integers(-100, 100, 500).astype(np.int16),
    ]
    starts = np.cumsum([0, *map(len, waves)])
    found = samples_of(np.concatenate([changes_of(wave) for wave in waves]), starts)
    for start, wave in zip(starts, waves, strict=False):
        step = max(1, np.abs(wave.astype(int)).max() // STEPS_TO_PEAK)
        gap = np.abs(found[start : start + len(wave)].astype(int) - wave)
        assert gap.max() <= step / 2
    np.testing.assert_array_equal(found[starts[3] :], waves[3])  # a quiet clip loses nothing


def test_compressing_loses_nothing():
    numbers = np.array([0, 1, 255, 256, 65535], np.uint16)
    np.testing.assert_array_equal(joined(compressed(numbers)), numbers)


def test_a_clip_has_its_label_first_and_no_wording_twice(pack):
    for clip in range(len(pack.clips)):
        rows = pack.text_rows[pack.text_starts[clip] : pack.text_starts[clip + 1]]
        assert len(set(rows.tolist())) == len(rows) > 1
    assert pack.text_rows[pack.text_starts[0]] == pack.text_rows[pack.text_starts[1]]


@pytest.mark.parametrize("count", [1, 3])
def test_parts_are_read_in_their_order(tmp_path, count):
    numbers = np.arange(1000, dtype=np.uint16)
    write_changes(tmp_path, numbers, parts=count)
    np.testing.assert_array_equal(read_changes(tmp_path), numbers)
