"""Small pictures of media are found by the content they show, and the disk is not asked twice for the same."""

import pytest

from sensorium.thumbnails import Thumbnails

CONTENT = "ab" * 32


@pytest.fixture
def small(tmp_path):
    folder = tmp_path / "thumbs" / CONTENT[:2]
    folder.mkdir(parents=True)
    return folder / f"{CONTENT}.jpg"


def test_a_thumbnail_lies_where_it_is_to_be_written(tmp_path, small):
    thumbnails = Thumbnails(tmp_path / "thumbs")
    small.write_bytes(b"jpeg")
    assert thumbnails.path(CONTENT) == small
    assert thumbnails.find(CONTENT) == small


def test_those_of_older_libraries_are_found_and_new_ones_come_first(tmp_path, small):
    small.with_suffix(".webp").write_bytes(b"webp")
    assert Thumbnails(tmp_path / "thumbs").find(CONTENT) == small.with_suffix(".webp")
    small.write_bytes(b"jpeg")
    assert Thumbnails(tmp_path / "thumbs").find(CONTENT) == small


def test_what_was_found_is_not_looked_for_again(tmp_path, small):
    thumbnails = Thumbnails(tmp_path / "thumbs")
    small.write_bytes(b"jpeg")
    thumbnails.find(CONTENT)
    small.unlink()
    assert thumbnails.find(CONTENT) == small


def test_what_was_not_there_is_found_a_while_after_it_came(tmp_path, small, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("sensorium.thumbnails.time.monotonic", lambda: now[0])
    thumbnails = Thumbnails(tmp_path / "thumbs")
    assert thumbnails.find(CONTENT) is None
    small.write_bytes(b"jpeg")
    assert thumbnails.find(CONTENT) is None
    now[0] += 11
    assert thumbnails.find(CONTENT) == small
