"""Queries are remembered only where someone wants it, and forgotten for good."""

import os
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from sensorium.errors import LibraryError
from sensorium.history import MOST, History


def queries(history, **options):
    return [one.query for one in history.recent(**options)]


def test_unless_it_is_wanted_nothing_is_written_or_shown(tmp_path):
    History(tmp_path, kept=True).remember("before")
    off = History(tmp_path, kept=False)
    off.remember("secret")
    assert off.recent() == ()
    assert queries(History(tmp_path, kept=True)) == ["before"]
    empty = tmp_path / "empty"
    empty.mkdir()
    History(empty, kept=False).remember("secret")
    assert list(empty.iterdir()) == []


def test_the_latest_comes_first_and_nothing_twice(tmp_path):
    history = History(tmp_path, kept=True)
    for query in ("red shoe", "blue shoe", "red shoe", "  "):
        history.remember(query)
    assert queries(history) == ["red shoe", "blue shoe"]
    assert queries(history, limit=1) == ["red shoe"]
    assert datetime.now(UTC) - history.recent()[0].at < timedelta(minutes=1)


def test_only_so_many_are_kept(tmp_path):
    history = History(tmp_path, kept=True)
    with sqlite3.connect(tmp_path / "history.db") as database:
        database.execute("CREATE TABLE asked (id INTEGER PRIMARY KEY, at TEXT NOT NULL, query TEXT NOT NULL UNIQUE)")
        rows = [("2024-01-01T00:00:00+00:00", f"query {n}") for n in range(MOST + 5)]
        database.executemany("INSERT INTO asked (at, query) VALUES (?, ?)", rows)
    history.remember("one more")
    kept = queries(history, limit=MOST * 2)
    assert len(kept) == MOST
    assert kept[0] == "one more"


def test_forgetting_leaves_nothing_in_the_folder(tmp_path):
    history = History(tmp_path, kept=True)
    history.remember("a very particular query")
    assert any(b"particular" in path.read_bytes() for path in tmp_path.iterdir())
    History(tmp_path, kept=False).forget()
    assert list(tmp_path.iterdir()) == []
    assert history.recent() == ()
    history.forget()  # twice does no harm


def test_a_folder_that_cannot_be_written_does_not_stop_anyone(tmp_path, caplog):
    history = History(tmp_path / "gone", kept=True)
    history.remember("red shoe")
    assert "could not be noted" in caplog.text
    assert history.recent() == ()


def test_a_damaged_file_says_how_to_get_rid_of_it(tmp_path):
    (tmp_path / "history.db").write_bytes(os.urandom(4096))
    history = History(tmp_path, kept=True)
    with pytest.raises(LibraryError, match="--forget"):
        history.recent()
    history.forget()
    history.remember("again")
    assert queries(history) == ["again"]
