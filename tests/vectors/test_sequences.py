"""Any sequence of additions, removals and searches answers as a plain dictionary of vectors would."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorium.vectors import index_names, make_index

# Few directions and few ids: most steps replace, remove or tie with something.
DIRECTIONS = np.array(
    [[1, 0, 0], [0, 1, 0], [0.6, 0.8, 0], [0.8, 0.6, 0], [-1, 0, 0], [0, 0, 1], [2 / 3, 2 / 3, 1 / 3]], np.float32
)
IDS = st.integers(0, 12)
PICK = st.integers(0, len(DIRECTIONS) - 1)
ADD = st.tuples(st.just("add"), st.lists(st.tuples(IDS, PICK), max_size=8))
REMOVE = st.tuples(st.just("remove"), st.lists(IDS, max_size=4))
SEARCH = st.tuples(st.just("search"), st.tuples(PICK, st.integers(0, 15), st.none() | st.lists(IDS, max_size=6)))


def expected_ids(held, pick, k, allowed):
    scores = {
        key: round(float(DIRECTIONS[direction].astype(float) @ DIRECTIONS[pick].astype(float)), 7)
        for key, direction in held.items()
        if allowed is None or key in allowed
    }
    order = sorted(scores, key=lambda key: (-scores[key], key))[:k]
    return order + [-1] * (k - len(order)), [scores[key] for key in order] + [-np.inf] * (k - len(order))


def apply(index, held, step, argument):
    if step == "add":
        picks = [pick for _, pick in argument]
        index.add(np.array([key for key, _ in argument], np.int64), DIRECTIONS[picks].reshape(-1, 3))
        held.update(argument)
    elif step == "remove":
        index.remove(np.array(argument, np.int64))
        for key in argument:
            held.pop(key, None)
    else:
        pick, k, allowed = argument
        found = index.search(
            DIRECTIONS[pick : pick + 1], k, allowed=None if allowed is None else np.array(allowed, np.int64)
        )
        ids, scores = expected_ids(held, pick, k, allowed)
        assert found.ids[0].tolist() == ids
        np.testing.assert_allclose(found.scores[0], scores, atol=1e-6)


@pytest.mark.parametrize("name", index_names())
@given(steps=st.lists(ADD | REMOVE | SEARCH, max_size=25))
@settings(max_examples=150, deadline=None)
def test_any_sequence_of_steps_answers_like_a_dictionary(name, steps):
    index, held = make_index(name, 3), {}
    for step, argument in steps:
        apply(index, held, step, argument)
        assert len(index) == len(held)
        assert index.ids().tolist() == sorted(held)


@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(1, 300),
    copies=st.integers(1, 4),
    k=st.integers(1, 60),
    queries=st.integers(1, 25),
)
@settings(max_examples=60, deadline=None)
def test_every_index_gives_the_exact_ones_ids_and_scores_to_the_last_bit(seed, size, copies, k, queries):
    random = np.random.default_rng(seed)
    rows = random.standard_normal((size, 16)).astype(np.float32)
    rows = np.tile(rows / np.linalg.norm(rows, axis=1, keepdims=True), (copies, 1))
    ids, asked = random.permutation(4 * len(rows))[: len(rows)], rows[random.integers(0, size, queries)]
    answers = {}
    for name in index_names():
        index = make_index(name, 16)
        index.add(ids, rows)
        answers[name] = index.search(asked, k)
    for name in answers:
        np.testing.assert_array_equal(answers[name].ids, answers["exact"].ids, err_msg=name)
        np.testing.assert_array_equal(answers[name].scores, answers["exact"].scores, err_msg=name)
