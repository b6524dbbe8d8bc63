"""The inverted index on disk."""

import numpy as np
import pytest

from sensorium.errors import IndexUnreadable
from sensorium.fingerprints.constellation import constellation
from sensorium.fingerprints.landmarks import landmarks
from sensorium.fingerprints.tracks import Part
from tests.fingerprints.sounds import music


@pytest.fixture(scope="module")
def part():
    return Part.of((number, constellation(music(number, seconds=4))) for number in (3, 8))


def test_every_landmark_is_found_where_it_is(part):
    found = landmarks(constellation(music(8, seconds=4)))
    starts, counts = part.find(found.hashes)
    for start, count, tick in zip(starts, counts, found.ticks, strict=True):
        assert int(part.starts[1]) + tick in part.postings[start : start + count]


def test_hashes_that_nobody_has_are_not_found(part):
    missing = np.setdiff1d(np.arange(1 << 16, dtype=np.uint32), part.hashes)
    assert not part.find(missing)[1].any()


def test_a_saved_part_is_read_from_disk_as_needed(part, tmp_path):
    part.save(tmp_path / "part")
    loaded = Part.load(tmp_path / "part")
    assert isinstance(loaded.postings, np.memmap)
    for name in ("ids", "starts", "lengths", "hashes", "ends", "postings"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(part, name))


def test_an_empty_part_is_saved_and_loaded(tmp_path):
    Part.of([]).save(tmp_path / "part")
    assert len(Part.load(tmp_path / "part").ids) == 0


def test_a_torn_or_alien_file_is_refused(part, tmp_path):
    part.save(tmp_path / "part")
    whole = (tmp_path / "part").read_bytes()
    for name, content in (("torn", whole[: len(whole) // 2]), ("alien", b"not an index"), ("empty", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(IndexUnreadable, match=name):
            Part.load(tmp_path / name)
    with pytest.raises(IndexUnreadable, match="missing"):
        Part.load(tmp_path / "missing")
