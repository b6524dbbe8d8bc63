"""Indexes follow the catalogue, from whatever lies on disk; the kind is chosen by size."""

import logging
import threading

import numpy as np
import pytest

from sensorium.indexes.options import IndexOptions
from sensorium.library import Library
from sensorium.types import Channel
from sensorium.vectors.effort import recall
from tests.indexes.filled import SPACE, expected, fill, nearest, remove, rows, save

SMALL = IndexOptions(flat_below=2_500)
QUERIES = rows(30, seed=7)


@pytest.fixture
def library(tmp_path):
    opened = Library.open_or_create(tmp_path / "library", "fake", SMALL)
    yield opened
    opened.close()


def reopened(library, options=SMALL):
    return Library.open(library.folder, options)


def files(library):
    return sorted(path.suffix for path in (library.folder / "vectors").iterdir())


def held(library):
    followed = library.indexes.current(SPACE, Channel.TEXT)
    return followed.kind, len(followed.index)


def test_what_is_found_follows_every_change_in_every_process(library):
    names = fill(library, 600)
    reader = reopened(library)
    assert nearest(reader, QUERIES, 5).ids.tolist() == expected(library, QUERIES, 5).tolist()
    remove(library, names[1])
    fill(library, 300, seed=1)
    for each in (library, reader):
        assert nearest(each, QUERIES, 5).ids.tolist() == expected(library, QUERIES, 5).tolist()


def test_an_index_is_flat_while_small_and_trained_when_large(library):
    fill(library, 2_400)
    save(library)
    assert (held(library), files(library)) == (("faiss", 2_400), [".faiss", ".json"])
    fill(library, 200, seed=1)
    save(library)
    assert (held(library), files(library)) == (("ivf-rabitq", 2_600), [".ivf-rabitq", ".json"])
    found = nearest(reopened(library), QUERIES, 10)
    assert recall(found.ids, expected(library, QUERIES, 10)) >= 0.97


def test_a_trained_index_stays_one_until_it_is_half_of_what_made_it_one(library):
    names = fill(library, 2_600)
    save(library)
    remove(library, *names[:5])
    save(library)
    assert held(reopened(library)) == ("ivf-rabitq", 1_600)
    remove(library, *names[5:8])
    save(library)
    assert held(reopened(library)) == ("faiss", 1_000)


@pytest.mark.parametrize("kind", ["exact", "ivf-sq8", "ivf-pq", "hnsw"])
def test_a_kind_may_be_chosen_by_name_and_changed(library, kind):
    fill(library, 2_100)
    save(library)
    chosen = reopened(library, IndexOptions(kind))
    save(chosen)
    assert (held(chosen), files(library)) == ((kind, 2_100), sorted([f".{kind}", ".json"]))
    assert recall(nearest(chosen, QUERIES, 10).ids, expected(library, QUERIES, 10)) >= 0.95


def test_a_few_changes_are_read_from_the_log_and_many_are_joined_in(library):
    names = fill(library, 4_000)
    save(library)
    path = library.indexes.files.path(SPACE, Channel.TEXT, "ivf-rabitq")
    before = path.stat().st_mtime_ns
    remove(library, names[0])
    fill(library, 400, seed=1)
    save(library)
    assert path.stat().st_mtime_ns == before
    assert held(reopened(library)) == ("ivf-rabitq", 4_200)
    fill(library, 1_600, seed=2)
    save(library)
    assert path.stat().st_mtime_ns > before
    found = nearest(reopened(library), QUERIES, 10)
    assert recall(found.ids, expected(library, QUERIES, 10)) >= 0.97


def test_a_reader_goes_on_with_the_file_that_the_writer_has_written(library):
    fill(library, 2_600)
    save(library)
    reader = reopened(library)
    nearest(reader, QUERIES, 5)
    first = reader.indexes.current(SPACE, Channel.TEXT)
    fill(library, 2_400, seed=1)
    save(library)
    found = nearest(reader, QUERIES, 10)
    second = reader.indexes.current(SPACE, Channel.TEXT)
    assert second is not first
    assert not second.index.due()
    assert recall(found.ids, expected(library, QUERIES, 10)) >= 0.97


@pytest.mark.parametrize("damage", ["missing", "torn", "note", "foreign"])
def test_what_cannot_be_trusted_is_not_used(library, damage, caplog):
    fill(library, 2_600)
    save(library)
    (path,) = (library.folder / "vectors").glob("*.ivf-rabitq")
    match damage:
        case "missing":
            path.unlink()
        case "torn":
            path.write_bytes(path.read_bytes()[:-9000])
        case "note":
            path.with_suffix(".json").write_text("{}")
        case "foreign":
            path.with_suffix(".json").write_text(
                path.with_suffix(".json").read_text().replace('"library": "', '"library": "x')
            )
    with caplog.at_level(logging.WARNING):
        found = nearest(reopened(library), QUERIES, 5)
    assert found.ids.tolist() == expected(library, QUERIES, 5).tolist()
    assert ("Reading the vectors from the catalogue" in caplog.text) == (damage in ("missing", "torn"))
    save(reopened(library))
    assert held(reopened(library)) == ("ivf-rabitq", 2_600)


def test_a_file_copied_to_another_place_is_checked_and_used(library, tmp_path):
    fill(library, 2_600)
    save(library)
    for path in (library.folder / "vectors").iterdir():
        content = path.read_bytes()
        path.write_bytes(content)  # another time of change, the same bytes
    assert held(reopened(library)) == ("ivf-rabitq", 2_600)


def test_threads_search_while_the_library_changes(library):
    fill(library, 800)
    problems, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            try:
                found = nearest(library, QUERIES, 5)
                assert (found.ids >= 0).all()
            except Exception as error:  # whatever it is, the test must hear of it
                problems.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for seed in range(1, 6):
        remove(library, *fill(library, 100, seed=seed)[:1])
        fill(library, 100, seed=10 + seed)
        save(library)
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert nearest(library, QUERIES, 5).ids.tolist() == expected(library, QUERIES, 5).tolist()


def test_searches_are_told_to_observers_but_exact_ones_are_not(library):
    fill(library, 50)
    told = []
    library.indexes.observers.append(told.append)
    nearest(library, QUERIES, 3, allowed=np.array([1, 2, 3, 4]))
    nearest(library, QUERIES, 3, exact=True)
    (asked,) = told
    assert (asked.space, asked.channel, asked.k, asked.allowed.tolist()) == (SPACE, Channel.TEXT, 3, [1, 2, 3, 4])
    assert asked.selectivity == "tenth"
    assert asked.seconds > 0


def test_a_library_without_vectors_writes_no_index(library):
    save(library)
    assert files(library) == []
    assert nearest(library, QUERIES, 3).ids.tolist() == [[-1] * 3] * len(QUERIES)
