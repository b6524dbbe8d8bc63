"""What lies on disk is whole or refused, for every registered index."""

from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import IndexUnreadable, SensoriumError
from sensorium.vectors import index_names, load_index, make_index

EVERY_INDEX = pytest.mark.parametrize("name", index_names())


@pytest.fixture
def saved(name, tmp_path):
    index = make_index(name, 4)
    index.add(np.arange(4), np.eye(4, dtype=np.float32))
    path = tmp_path / "vectors.bin"
    index.save(path)
    return path


@EVERY_INDEX
def test_a_file_cut_anywhere_is_refused(name, saved):
    whole = saved.read_bytes()
    for length in range(0, len(whole), 7):
        saved.write_bytes(whole[:length])
        with pytest.raises(IndexUnreadable, match="torn"):
            load_index(name, saved)


@EVERY_INDEX
def test_a_file_with_one_bit_changed_anywhere_is_refused(name, saved):
    whole = saved.read_bytes()
    for place in range(0, len(whole), 3):
        saved.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(IndexUnreadable):
            load_index(name, saved)


@EVERY_INDEX
def test_another_indexs_file_is_refused(name, saved):
    others = [other for other in index_names() if other != name]
    assert others
    for other in others:
        with pytest.raises(IndexUnreadable, match=r"vectors\.bin"):
            load_index(other, saved)


@EVERY_INDEX
@pytest.mark.parametrize("make", ["missing", "folder"])
def test_what_is_no_file_is_refused_with_the_cure(name, make, tmp_path):
    path = tmp_path / make
    if make == "folder":
        path.mkdir()
    with pytest.raises(IndexUnreadable, match="Rebuild it with") as caught:
        load_index(name, path)
    assert isinstance(caught.value, SensoriumError)
    assert isinstance(caught.value, ValueError)
    assert str(path) in str(caught.value)


@EVERY_INDEX
def test_saving_replaces_the_old_file_and_leaves_nothing_beside_it(name, saved):
    index = load_index(name, saved)
    index.remove(np.array([1, 2]))
    index.save(saved)
    assert load_index(name, saved).ids().tolist() == [0, 3]
    assert [entry.name for entry in saved.parent.iterdir()] == [saved.name]


@EVERY_INDEX
def test_where_nothing_can_be_written_the_old_file_stays(name, saved):
    old = saved.read_bytes()
    with pytest.raises((OSError, RuntimeError)):
        make_index(name, 4).save(saved / "below a file")
    assert saved.read_bytes() == old
