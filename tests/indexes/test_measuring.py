"""Indexes are measured by the queries that are really asked, and tuned by them."""

import math
import time

import numpy as np
import pytest

from sensorium.indexes.measuring import Measurer
from sensorium.indexes.options import IndexOptions
from sensorium.library import Library
from sensorium.types import Channel
from sensorium.vectors.effort import likely_queries
from tests.indexes.filled import SPACE, fill, nearest, rows, save

TRAINED = IndexOptions("ivf-sq8", recall=0.9)
QUERIES = likely_queries(rows(500, seed=7), 60)  # such as lie between the lists


@pytest.fixture
def library(tmp_path):
    opened = Library.open_or_create(tmp_path / "library", "fake", TRAINED)
    fill(opened, 2_400)
    save(opened)
    yield opened
    opened.close()


@pytest.fixture
def measurer(library):
    made = Measurer(library.indexes)
    yield made
    made.stop()


def ask(library, count=60, **options):
    for query in QUERIES[:count]:
        nearest(library, query[None], 5, **options)


def test_recall_and_times_are_measured_for_every_selectivity(library, measurer):
    ask(library)
    ids = library.vectors(SPACE, Channel.TEXT)[0]
    ask(library, 10, allowed=ids[::4])
    measurer.measure()
    everything, filtered = library.indexes.figures.all()
    assert (everything.selectivity, filtered.selectivity) == ("all", "tenth")
    assert (everything.space, everything.channel, everything.kind) == (SPACE.name, Channel.TEXT, "ivf-sq8")
    assert (everything.queries, filtered.queries) == (16, 10)
    assert 0.8 <= everything.recall <= 1
    assert 0 < everything.p50_ms <= everything.p95_ms
    assert everything.effort >= 1
    assert abs(everything.at - time.time()) < 60


def test_the_figures_say_what_the_index_finds(library, measurer):
    """Made to look at one list only, it must be seen to find less; the formula is the share of the exact ten."""
    index = library.indexes.current(SPACE, Channel.TEXT).index
    index.set_effort("all", 1)
    ask(library, 16)
    exact = index.search(QUERIES[:16], 10, exact=True).ids
    found = index.search(QUERIES[:16], 10, exact=False).ids
    share = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, exact, strict=True)])
    measurer.measure()
    (figure,) = library.indexes.figures.all()
    assert figure.recall == pytest.approx(share)
    assert share < 1


def test_an_index_that_finds_too_little_is_tuned_and_stays_so(library, measurer):
    chosen = IndexOptions("ivf-sq8", recall=0.999)
    strict = Library.open(library.folder, chosen)
    watching = Measurer(strict.indexes)
    index = strict.indexes.current(SPACE, Channel.TEXT).index
    index.set_effort("all", 1)
    for _ in range(2):
        ask(strict, 40)
        watching.measure()
    (figure,) = strict.indexes.figures.all()
    assert figure.effort > 1
    assert index.efforts.values["all"] == figure.effort
    ask(strict, 40)
    watching.measure()
    (figure,) = strict.indexes.figures.all()
    assert figure.recall >= 0.98
    again = Library.open(library.folder, chosen)
    assert again.indexes.current(SPACE, Channel.TEXT).index.efforts.values["all"] == figure.effort
    watching.stop()


def test_a_flat_index_misses_nothing_and_says_so(tmp_path):
    library = Library.open_or_create(tmp_path / "flat", "fake")
    fill(library, 50)
    measurer = Measurer(library.indexes)
    ask(library, 5)
    measurer.measure()
    (figure,) = library.indexes.figures.all()
    assert (figure.kind, figure.recall, figure.effort) == ("faiss", 1.0, 0)


def test_seeds_stand_in_until_queries_come(library, measurer):
    measurer.seed(SPACE, QUERIES)
    measurer.measure()
    (figure,) = library.indexes.figures.all()
    assert figure.queries == 16
    assert math.isnan(figure.p50_ms)


def test_other_processes_read_the_figures_and_no_queries_are_written(library, measurer):
    ask(library)
    measurer.measure()
    assert Library.open(library.folder).indexes.figures.all() == library.indexes.figures.all()
    (path,) = library.folder.glob("vectors/measured.json")
    assert len(path.read_bytes()) < 1000


def test_a_damaged_file_of_figures_is_no_figures(library, measurer):
    (library.folder / "vectors" / "measured.json").write_text('[{"space": 1}]')
    assert library.indexes.figures.all() == ()
    ask(library, 3)
    measurer.measure()
    assert len(Library.open(library.folder).indexes.figures.all()) == 1


def test_the_background_thread_measures_and_stops(library, monkeypatch):
    monkeypatch.setattr("sensorium.indexes.measuring._EVERY_S", 0.05)
    measurer = Measurer(library.indexes)
    measurer.start()
    ask(library, 5)
    for _ in range(200):
        if library.indexes.figures.all():
            break
        time.sleep(0.05)
    measurer.stop()
    assert library.indexes.figures.all()
    assert library.indexes.observers == []
