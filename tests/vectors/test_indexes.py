"""Every registered index against the formula: all cosines, sorted by (-score, id)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sensorium.vectors import index_names, load_index, make_index

DIMENSION = 24
EVERY_INDEX = pytest.mark.parametrize("name", index_names())


def unit_rows(count, dimension=DIMENSION, seed=0):
    """In half precision, as a catalogue keeps them."""
    rows = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)


def by_the_formula(ids, rows, queries, k):
    """(ids, scores), each [q, k], padded: every inner product in float64, highest first, equal ones by id."""
    scores = (queries.astype(np.float64) @ rows.astype(np.float64).T).round(9)
    found_ids, found_scores = np.full((len(queries), k), -1), np.full((len(queries), k), -np.inf)
    for row, of_query in enumerate(scores):
        order = np.lexsort((ids, -of_query))[:k]
        found_ids[row, : len(order)], found_scores[row, : len(order)] = ids[order], of_query[order]
    return found_ids, found_scores


def assert_answers(neighbours, expected):
    np.testing.assert_array_equal(neighbours.ids, expected[0])
    np.testing.assert_allclose(neighbours.scores, expected[1], atol=1e-6)
    assert neighbours.ids.dtype == np.int64
    assert neighbours.scores.dtype == np.float32


def filled(name, ids, rows):
    """In several batches, so that vectors do not lie in the order of their ids."""
    index = make_index(name, rows.shape[1])
    for start in range(0, len(ids), 97):
        index.add(ids[start : start + 97], rows[start : start + 97])
    return index


@EVERY_INDEX
@pytest.mark.parametrize("queries", [1, 3, 33, 300])
@pytest.mark.parametrize("k", [1, 7, 200])
def test_the_best_are_found_in_order(name, queries, k):
    ids, rows, asked = np.random.default_rng(1).permutation(5000)[:900], unit_rows(900), unit_rows(queries, seed=2)
    assert_answers(filled(name, ids, rows).search(asked, k), by_the_formula(ids, rows, asked, k))


@EVERY_INDEX
def test_more_vectors_and_queries_than_are_looked_at_at_once_give_one_answer(name):
    ids, rows, asked = np.arange(20_000)[::-1].copy(), unit_rows(20_000, 8), unit_rows(270, 8, seed=3)
    found = filled(name, ids, rows).search(asked, 3)
    assert_answers(found, by_the_formula(ids, rows, asked, 3))


@EVERY_INDEX
def test_k_may_exceed_the_size(name):
    ids, rows, asked = np.array([5, 3]), unit_rows(2), unit_rows(2, seed=4)
    assert_answers(filled(name, ids, rows).search(asked, 4), by_the_formula(ids, rows, asked, 4))


@EVERY_INDEX
def test_k_may_be_zero(name):
    found = filled(name, np.array([1]), unit_rows(1)).search(unit_rows(3), 0)
    assert found.ids.shape == found.scores.shape == (3, 0)


@EVERY_INDEX
def test_an_empty_index_answers_with_padding(name):
    found = make_index(name, DIMENSION).search(unit_rows(2), 3)
    assert found.ids.tolist() == [[-1] * 3] * 2
    assert np.isneginf(found.scores).all()


@EVERY_INDEX
def test_no_queries_give_no_rows(name):
    found = filled(name, np.array([1]), unit_rows(1)).search(np.empty((0, DIMENSION), np.float32), 5)
    assert found.ids.shape == found.scores.shape == (0, 5)


@EVERY_INDEX
@pytest.mark.parametrize("k", [1, 10, 63, 64, 65, 2000])
def test_equal_vectors_stand_in_the_order_of_their_ids(name, k):
    """Three thousand copies of few vectors, in shuffled order: every place in the list is a tie."""
    ids = np.random.default_rng(5).permutation(3000)
    rows = unit_rows(4, seed=6)[ids % 4]
    asked = unit_rows(3, seed=7)
    assert_answers(filled(name, ids, rows).search(asked, k), by_the_formula(ids, rows, asked, k))


@EVERY_INDEX
def test_equal_vectors_score_equally_to_the_last_bit(name):
    rows = np.vstack([unit_rows(500), np.tile(unit_rows(1, seed=8), (40, 1))])
    index = filled(name, np.arange(540), rows)
    for batch in (1, 40):
        found = index.search(np.tile(unit_rows(1, seed=8), (batch, 1)), 40)
        assert found.ids[0].tolist() == list(range(500, 540))
        assert len(np.unique(found.scores)) == 1


@EVERY_INDEX
def test_only_allowed_ids_are_found(name):
    ids, rows, asked = np.arange(0, 1800, 2), unit_rows(900), unit_rows(5, seed=9)
    index = filled(name, ids, rows)
    for share in (1, 2, 9, 450):
        allowed = ids[::share][::-1]
        expected = by_the_formula(allowed, rows[allowed // 2], asked, 20)
        assert_answers(index.search(asked, 20, allowed=allowed), expected)


@EVERY_INDEX
def test_allowed_ids_may_be_unknown_repeated_none_or_huge(name):
    far = 2**40
    ids, rows, asked = np.array([2, 7, far]), unit_rows(3), unit_rows(2, seed=10)
    index = filled(name, ids, rows)
    assert_answers(index.search(asked, 3, allowed=np.array([7, 7, 99])), by_the_formula(ids[1:2], rows[1:2], asked, 3))
    assert_answers(
        index.search(asked, 3, allowed=np.array([far, far + 1, 2])), by_the_formula(ids[::2], rows[::2], asked, 3)
    )
    for none in (np.array([], np.int64), np.array([1, 3])):
        assert index.search(asked, 2, allowed=none).ids.tolist() == [[-1, -1]] * 2


@EVERY_INDEX
def test_ties_among_allowed_ids_are_broken_by_id(name):
    ids = np.random.default_rng(11).permutation(2000)
    rows = np.tile(unit_rows(1), (2000, 1))
    allowed = np.arange(1, 2000, 2)
    found = filled(name, ids, rows).search(unit_rows(1), 30, allowed=allowed)
    assert found.ids[0].tolist() == allowed[:30].tolist()


@EVERY_INDEX
def test_adding_an_id_again_replaces_its_vector(name):
    old, new = unit_rows(3), unit_rows(2, seed=12)
    index = filled(name, np.array([10, 20, 30]), old)
    index.add(np.array([40, 20]), new)
    assert index.ids().tolist() == [10, 20, 30, 40]
    rows = np.vstack([old[0], new[1], old[2], new[0]])
    assert_answers(index.search(new, 4), by_the_formula(np.array([10, 20, 30, 40]), rows, new, 4))


@EVERY_INDEX
def test_of_an_id_given_twice_the_last_row_stays(name):
    rows = unit_rows(3)
    index = make_index(name, DIMENSION)
    index.add(np.array([4, 1, 4]), rows)
    assert len(index) == 2
    assert_answers(index.search(rows, 2), by_the_formula(np.array([1, 4]), rows[1:], rows, 2))


@EVERY_INDEX
def test_removing_takes_known_ids_and_ignores_others(name):
    ids, rows, asked = np.arange(50), unit_rows(50), unit_rows(3, seed=13)
    index = filled(name, ids, rows)
    index.remove(np.array([0, 7, 7, 49, 999]))
    kept = np.setdiff1d(ids, [0, 7, 49])
    assert len(index) == 47
    np.testing.assert_array_equal(index.ids(), kept)
    assert_answers(index.search(asked, 10), by_the_formula(kept, rows[kept], asked, 10))
    index.remove(kept)
    assert len(index) == 0
    assert index.search(asked, 1).ids.tolist() == [[-1]] * 3


@EVERY_INDEX
def test_every_change_is_seen_by_the_next_search_of_one_query(name):
    """One query at a time looks at the vectors where they lie, and adding moves them."""
    rows, asked = unit_rows(3000), unit_rows(1, seed=16)
    index, ids = make_index(name, DIMENSION), np.arange(3000)
    for end in (1, 2, 900, 3000):
        start = len(index)
        index.add(ids[start:end], rows[start:end])
        assert_answers(index.search(asked, 12), by_the_formula(ids[:end], rows[:end], asked, 12))
    kept = ids[ids % 3 > 0]
    index.remove(ids[::3])
    assert_answers(index.search(asked, 12), by_the_formula(kept, rows[kept], asked, 12))
    index.add(ids[:1], rows[:1])  # from now on ids do not rise
    for allowed in (None, ids[:600]):
        those = np.concatenate([[0], kept]) if allowed is None else np.concatenate([[0], kept[:400]])
        assert kept[399] < 600 <= kept[400]
        assert_answers(index.search(asked, 12, allowed=allowed), by_the_formula(those, rows[those], asked, 12))


@EVERY_INDEX
def test_half_precision_rows_are_accepted_and_scored_as_they_are(name):
    rows, asked = unit_rows(40).astype(np.float16).astype(np.float32), unit_rows(2)
    assert_answers(filled(name, np.arange(40), rows).search(asked, 5), by_the_formula(np.arange(40), rows, asked, 5))


@EVERY_INDEX
def test_what_the_caller_does_to_its_arrays_later_changes_nothing(name):
    ids, rows = np.arange(5), unit_rows(5)
    index, expected = filled(name, ids, rows), by_the_formula(np.arange(5), unit_rows(5), unit_rows(5), 5)
    rows[:], ids[:] = 0, 9
    assert_answers(index.search(unit_rows(5), 5), expected)


def broken_rows():
    nan, long, zero = unit_rows(3), unit_rows(3), unit_rows(3)
    nan[1, 4], long[2], zero[0] = np.nan, long[2] * 1.01, 0
    return {
        "another width": (unit_rows(3, DIMENSION + 1), rf"float32\[n, {DIMENSION}\]"),
        "one vector, not rows": (unit_rows(1)[0], rf"float32\[n, {DIMENSION}\]"),
        "not a number": (nan, "row 1 has length nan"),
        "too long": (long, "row 2 has length 1.01"),
        "zero": (zero, "row 0 has length 0"),
    }


@EVERY_INDEX
@pytest.mark.parametrize("fault", broken_rows())
def test_broken_rows_are_refused_by_name_and_nothing_is_added(name, fault):
    rows, message = broken_rows()[fault]
    index = filled(name, np.array([1]), unit_rows(1))
    with pytest.raises(ValueError, match=f"vectors: .*{message}"):
        index.add(np.arange(3), rows)
    with pytest.raises(ValueError, match=f"queries: .*{message}"):
        index.search(rows, 1)
    assert index.ids().tolist() == [1]


@EVERY_INDEX
def test_broken_ids_and_counts_are_refused_by_name(name):
    index = make_index(name, DIMENSION)
    with pytest.raises(ValueError, match="ids: -1 is negative"):
        index.add(np.array([-1]), unit_rows(1))
    with pytest.raises(ValueError, match="ids: expected int64"):
        index.add(np.array([0.5]), unit_rows(1))
    with pytest.raises(ValueError, match="a row for each of 2 ids, got 1"):
        index.add(np.array([1, 2]), unit_rows(1))
    with pytest.raises(ValueError, match="k: -2 is negative"):
        index.search(unit_rows(1), -2)
    with pytest.raises(ValueError, match="dimension: 0"):
        make_index(name, 0)


@EVERY_INDEX
def test_an_empty_batch_changes_nothing(name):
    index = filled(name, np.array([1]), unit_rows(1))
    index.add(np.array([], np.int64), np.empty((0, DIMENSION), np.float32))
    index.remove(np.array([], np.int64))
    assert index.ids().tolist() == [1]
    assert index.dimension == DIMENSION


@EVERY_INDEX
@pytest.mark.parametrize("count", [0, 1, 700])
def test_saving_and_loading_gives_the_same_index(name, count, tmp_path):
    ids, rows, asked = np.arange(count) * 3, unit_rows(count), unit_rows(4, seed=14)
    filled(name, ids, rows).save(tmp_path / "vectors")
    loaded = load_index(name, tmp_path / "vectors")
    assert loaded.dimension == DIMENSION
    assert_answers(loaded.search(asked, 9), by_the_formula(ids, rows, asked, 9))
    loaded.add(np.array([3, 10**6]), unit_rows(2, seed=15))  # replaces one that was loaded, adds another
    assert loaded.ids().tolist() == sorted({*ids.tolist(), 3, 10**6})


@EVERY_INDEX
def test_an_exact_search_may_be_asked_for_and_costs_what_it_looks_at(name):
    ids, rows, asked = np.arange(300), unit_rows(300), unit_rows(2, seed=16)
    index = filled(name, ids, rows)
    assert_answers(index.search(asked, 5, exact=True), by_the_formula(ids, rows, asked, 5))
    assert (index.cost(exact=True), index.cost(40, exact=True), index.cost(900, exact=True)) == (300, 40, 300)
    assert 0 < index.cost() <= index.cost(exact=True)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak of a process")
def test_an_index_that_was_given_room_holds_what_came_and_takes_no_more_memory_than_that(tmp_path):
    script = """
import sys
import numpy as np
from pathlib import Path
from sensorium.vectors import build_index

count, dimension, batch = 40_000, 256, 2_000
rows = np.zeros((batch, dimension), np.float32)
rows[:, 0] = 1
batches = ((np.arange(start, start + batch), rows) for start in range(0, count, batch))
def peak():  # what `getrusage` tells is inherited from the process that started this one
    return next(int(line.split()[1]) >> 10 for line in open("/proc/self/status") if line.startswith("VmHWM"))
import faiss
before = peak()
build_index("faiss", Path(sys.argv[1]), batches, dimension=dimension, recall=1, count=int(sys.argv[2]))
print(peak() - before)
"""
    peaks = {}
    for room in (0, 40_000):
        told = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / f"{room}"), str(room)],
            capture_output=True,
            text=True,
            check=True,
        )
        peaks[room] = int(told.stdout)
    assert peaks[40_000] < peaks[0] - 20  # MB; the vectors are 39
    assert (tmp_path / "0").read_bytes() == (tmp_path / "40000").read_bytes()
    index = load_index("faiss", tmp_path / "40000")
    assert (len(index), index.ids()[-1]) == (40_000, 39_999)
