"""Trained indexes: what they may miss, what they may not, and how they take changes."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from sensorium.errors import IndexUnreadable, LibraryError
from sensorium.vectors import build_index, load_index, make_index, recipes
from sensorium.vectors.effort import BUCKETS, recall
from sensorium.vectors.exact import ExactIndex
from sensorium.vectors.halves import likely_best
from sensorium.vectors.recipes import RECIPES, choose, lists_for
from sensorium.vectors.scan import scan
from sensorium.vectors.snapshot import Snapshot
from sensorium.vectors.snapshot_file import read_contents

DIMENSION = 32
COUNT = 4000
EVERY_KIND = pytest.mark.parametrize("name", sorted(RECIPES))


def clustered(count, seed=0):
    """Unit rows in half precision, around sixty directions as the embeddings of real things are."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((60, DIMENSION))
    rows = centres[random.integers(60, size=count)] + 0.7 * random.standard_normal((count, DIMENSION))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)


IDS = np.arange(COUNT) * 3 + 7
ROWS = clustered(COUNT)
QUERIES = clustered(40, seed=1)


def batches(ids=IDS, rows=ROWS, size=999):
    return [(ids[start : start + size], rows[start : start + size]) for start in range(0, len(ids), size)]


def reference(ids=IDS, rows=ROWS):
    index = ExactIndex(DIMENSION)
    index.add(ids, rows)
    return index


def assert_found(found, expected, wanted=0.98):
    """Nearly everything is found, nothing in a wrong place, and every score is exact."""
    assert recall(found.ids, expected.ids) >= wanted
    for ids, scores, true_ids, true_scores in zip(found.ids, found.scores, expected.ids, expected.scores, strict=True):
        known = dict(zip(true_ids.tolist(), true_scores.tolist(), strict=True))
        assert all(known.get(i, s) == s for i, s in zip(ids.tolist(), scores.tolist(), strict=True))
        order = sorted(zip((-scores).tolist(), ids.tolist(), strict=True))
        assert [i for _, i in order if i >= 0] == [i for i in ids.tolist() if i >= 0]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A built file of every kind."""
    folder = tmp_path_factory.mktemp("trained")
    for name in RECIPES:
        build_index(name, folder / name, batches(), dimension=DIMENSION, recall=0.98)
    return folder


@pytest.fixture
def path(files, tmp_path, name):
    copy = tmp_path / "vectors.bin"
    copy.write_bytes((files / name).read_bytes())
    return copy


@EVERY_KIND
def test_nearly_all_of_the_nearest_are_found_with_their_exact_scores(name, path):
    index = load_index(name, path)
    assert len(index) == COUNT
    np.testing.assert_array_equal(index.ids(), IDS)
    for k in (1, 10, 100):
        assert_found(index.search(QUERIES, k, exact=False), reference().search(QUERIES, k), 0.95)
    assert_found(index.search(QUERIES, 10, exact=False), reference().search(QUERIES, 10))


@EVERY_KIND
def test_an_exact_search_misses_nothing(name, path):
    found, expected = load_index(name, path).search(QUERIES, 20, exact=True), reference().search(QUERIES, 20)
    np.testing.assert_array_equal(found.ids, expected.ids)
    np.testing.assert_array_equal(found.scores, expected.scores)


@EVERY_KIND
@pytest.mark.parametrize("keep", [COUNT // 2, COUNT // 10, COUNT // 100, 3, 0])
@pytest.mark.parametrize("exact", [False, True, None])
def test_filters_are_kept_at_every_selectivity(name, keep, exact, path):
    index = load_index(name, path)
    far = np.sort(IDS[np.argsort(ROWS @ QUERIES[0])[:keep]])  # all that is least like the first query
    for allowed in (np.sort(np.random.default_rng(keep).choice(IDS, keep, replace=False)), far):
        found, expected = (
            index.search(QUERIES, 10, allowed=allowed, exact=exact),
            reference().search(QUERIES, 10, allowed=allowed),
        )
        assert set(found.ids.ravel().tolist()) <= {-1, *allowed.tolist()}
        assert_found(found, expected, 0.9 if name == "hnsw" else 0.97)  # a graph loses its way under a filter
        assert ((found.ids >= 0).sum(axis=1) == min(10, keep)).all()


@EVERY_KIND
def test_what_comes_and_goes_after_training_is_found_and_not_found(name, path):
    index, changed = load_index(name, path), reference()
    fresh_ids, fresh = np.arange(300) * 7 + 3 * COUNT + 8, clustered(300, seed=2)
    for each in (index, changed):
        each.remove(IDS[::5])
        each.remove(np.array([1, 10**9]))  # never held
        each.add(fresh_ids, fresh)
        each.add(IDS[10:60:10], clustered(5, seed=3))  # another vector under an id that was removed
        each.remove(fresh_ids[:7])
    np.testing.assert_array_equal(index.ids(), changed.ids())
    assert len(index) == len(changed)
    assert_found(index.search(QUERIES, 10, exact=False), changed.search(QUERIES, 10))
    allowed = np.concatenate([IDS[:900], fresh_ids])
    assert_found(index.search(QUERIES, 10, allowed=allowed, exact=False), changed.search(QUERIES, 10, allowed=allowed))
    np.testing.assert_array_equal(index.search(QUERIES, 10, exact=True).ids, changed.search(QUERIES, 10).ids)


@EVERY_KIND
def test_saving_joins_the_changes_into_the_file(name, path):
    index, changed = load_index(name, path), reference()
    for each in (index, changed):
        each.remove(IDS[::4])
        each.add(np.arange(500) + 10**5, clustered(500, seed=4))
        each.add(IDS[3:6], clustered(3, seed=5))
    index.save(path)
    again = load_index(name, path)
    np.testing.assert_array_equal(again.ids(), changed.ids())
    assert_found(again.search(QUERIES, 10, exact=False), changed.search(QUERIES, 10))
    np.testing.assert_array_equal(again.search(QUERIES, 10, exact=True).scores, changed.search(QUERIES, 10).scores)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_saving_is_due_when_enough_has_changed(files):
    index = load_index("ivf-sq8", files / "ivf-sq8")
    assert not index.due()
    index.add(np.arange(1200) + 10**5, clustered(1200, seed=6))
    assert not index.due()
    index.remove(IDS[:800])
    assert index.due()


def test_an_index_is_trained_anew_when_it_has_outgrown_its_training(files, tmp_path):
    path = tmp_path / "vectors.bin"
    path.write_bytes((files / "ivf-sq8").read_bytes())
    for more, trained_on in ((COUNT // 2, COUNT), (COUNT, 5 * COUNT // 2)):
        index = load_index("ivf-sq8", path)
        index.add(np.arange(more) + int(index.ids()[-1]) + 1, clustered(more, seed=more))
        index.save(path)
        assert load_index("ivf-sq8", path)._snapshot.trained_on == trained_on


@EVERY_KIND
def test_a_few_vectors_are_saved_untrained_and_searched_exactly(name, tmp_path):
    index = make_index(name, DIMENSION)
    index.add(IDS[:500], ROWS[:500])
    index.save(tmp_path / "few")
    found = load_index(name, tmp_path / "few").search(QUERIES, 5, exact=False)
    np.testing.assert_array_equal(found.ids, reference(IDS[:500], ROWS[:500]).search(QUERIES, 5).ids)


@EVERY_KIND
def test_readers_keep_the_file_they_opened_when_it_is_replaced(name, path):
    reader = load_index(name, path)
    writer = load_index(name, path)
    writer.remove(IDS[: COUNT // 2])
    writer.save(path)
    assert_found(reader.search(QUERIES, 10, exact=False), reference().search(QUERIES, 10))
    np.testing.assert_array_equal(reader.search(QUERIES, 10, exact=True).ids, reference().search(QUERIES, 10).ids)


@EVERY_KIND
def test_a_damaged_file_is_refused_wherever_the_damage_is(name, path):
    whole = path.read_bytes()
    for place in np.linspace(0, len(whole) - 1, 40).astype(int):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
        with pytest.raises(IndexUnreadable):
            load_index(name, path)
        path.write_bytes(whole[:place])
        with pytest.raises(IndexUnreadable):
            load_index(name, path)


def test_a_file_of_another_kind_is_refused(files):
    for held, asked in itertools.permutations(RECIPES, 2):
        with pytest.raises(IndexUnreadable):
            load_index(asked, files / held)


@EVERY_KIND
def test_efforts_are_tuned_for_each_selectivity(name, path):
    efforts = load_index(name, path).efforts
    assert set(efforts.values) == set(efforts.recall) == set(BUCKETS)
    assert all(0.98 <= reached <= 1 for reached in efforts.recall.values())


def test_less_effort_finds_less_and_costs_less(files):
    index = load_index("ivf-sq8", files / "ivf-sq8")
    expected, costs, recalls = reference().search(QUERIES, 10).ids, [], []
    for effort in (1, 4, 64):
        index.set_effort("all", effort)
        costs.append(index.cost())
        recalls.append(recall(index.search(QUERIES, 10, exact=False).ids, expected))
    assert costs == sorted(costs)
    assert recalls == sorted(recalls)
    assert recalls[0] < 0.99 < recalls[-1]


def test_where_few_are_kept_an_exact_scan_costs_less(files):
    held = read_contents(files / "ivf-rabitq", "ivf-rabitq", checked=True)
    large = Snapshot(replace(held, ids=np.arange(1_000_000)), RECIPES["ivf-rabitq"])
    assert large.cost(1_000_000) < large.exact_cost(1_000_000) / 10
    assert large.exact_cost(1_000) < large.cost(1_000)
    index = load_index("ivf-rabitq", files / "ivf-rabitq")
    assert index.cost(10) == index.cost(10, exact=True)


def test_many_near_ties_among_halves_are_told_apart():
    """More rows score within rounding of one another than a first look fetches; some are the same."""
    query = QUERIES[:1]
    rows = np.repeat(query, 500, axis=0)
    rows[np.arange(500), np.arange(500) % DIMENSION] *= 1 - np.arange(500, dtype=np.float32)[::-1] / 5000
    halves = np.concatenate([ROWS[:2500], rows]).astype(np.float16)
    ids = np.arange(len(halves), dtype=np.int64)
    assert likely_best(halves[:2048], query, 40, np.full(1, -np.inf, np.float32)) is not None
    assert likely_best(halves[2500:], query, 40, np.full(1, -np.inf, np.float32)) is None
    found = scan(ids, halves, query, 40)
    expected = scan(ids, halves.astype(np.float32), query, 40)
    assert found.ids.tolist() == expected.ids.tolist()
    assert found.scores.tolist() == expected.scores.tolist()
    some = ids[1::3]
    among = scan(some, halves[some].astype(np.float32), query, 40)
    assert scan(ids, halves, query, 40, places=some).ids.tolist() == among.ids.tolist()


def test_building_a_failed_stream_leaves_nothing_behind(tmp_path):
    def broken():
        yield IDS[:10], ROWS[:10]
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        build_index("ivf-sq8", tmp_path / "file", broken(), dimension=DIMENSION, recall=0.98)
    assert list(tmp_path.iterdir()) == []


def test_progress_is_reported_step_by_step(tmp_path):
    told = []
    build_index(
        "ivf-sq8", tmp_path / "file", batches(), dimension=DIMENSION, recall=0.9, report=lambda *step: told.append(step)
    )
    assert list(dict.fromkeys(step for step, _, _ in told)) == ["training", "encoding", "tuning", "writing"]


def test_auto_is_flat_while_small():
    assert choose("auto", recipes.FLAT_BELOW - 1) == "faiss"
    assert choose("auto", recipes.FLAT_BELOW) == "ivf-rabitq"
    assert choose("hnsw", 5) == "hnsw"


def test_a_kind_the_installed_faiss_lacks_is_refused_with_the_cure(monkeypatch, tmp_path):
    monkeypatch.setattr(recipes, "can_build", lambda name: name != "ivf-rabitq")
    assert choose("auto", 10**6) == "ivf-sq8"
    with pytest.raises(LibraryError, match="ivf-rabitq; name another kind, or upgrade it"):
        build_index("ivf-rabitq", tmp_path / "file", batches(), dimension=DIMENSION, recall=0.9)


def test_lists_grow_with_the_square_root():
    assert [lists_for(count) for count in (2_000, 50_000, 1_000_000)] == [32, 1024, 4096]
