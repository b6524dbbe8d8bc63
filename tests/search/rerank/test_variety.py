"""Maximal marginal relevance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorium.search.rerank.variety import mmr
from sensorium.types import Modality, Part, Query
from tests.search.drafted import open_engine, text_item


@st.composite
def lists(draw):
    """Relevance, falling, and how alike the items are."""
    size = draw(st.integers(1, 12))
    relevance = sorted(draw(st.lists(st.floats(0, 1), min_size=size, max_size=size)), reverse=True)
    cells = np.array(draw(st.lists(st.floats(0, 1), min_size=size * size, max_size=size * size)))
    matrix = cells.reshape(size, size)
    return np.array(relevance), np.maximum(matrix, matrix.T)


@given(lists())
def test_without_variety_nothing_changes(given_list):
    relevance, likeness = given_list
    assert mmr(relevance, likeness, 1.0).tolist() == list(range(len(relevance)))


@given(lists(), st.floats(0, 1))
def test_every_item_stays_in_the_list_once_and_the_best_comes_first(given_list, weight):
    relevance, likeness = given_list
    order = mmr(relevance, likeness, weight)
    assert sorted(order) == list(range(len(relevance)))
    if weight > 0:
        assert relevance[order[0]] == relevance[0]


def test_each_next_item_is_the_one_of_greatest_marginal_relevance():
    relevance = np.array([1.0, 0.9, 0.5])
    likeness = np.array([[1.0, 0.95, 0.1], [0.95, 1.0, 0.2], [0.1, 0.2, 1.0]])
    # after the first: 0.6 * 0.9 - 0.4 * 0.95 = 0.16 against 0.6 * 0.5 - 0.4 * 0.1 = 0.26
    assert mmr(relevance, likeness, 0.6).tolist() == [0, 2, 1]
    # 0.8 * 0.9 - 0.2 * 0.95 = 0.53 against 0.8 * 0.5 - 0.2 * 0.1 = 0.38
    assert mmr(relevance, likeness, 0.8).tolist() == [0, 1, 2]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    texts = ["harbour rope", "harbour rope rope", "rope harbour harbour", "harbour lantern", "bread and salt"]
    drafts = [text_item(f"{n}.txt", text) for n, text in enumerate(texts)]
    return open_engine(tmp_path_factory.mktemp("variety") / "library", drafts)


def titles(engine, variety):
    query = Query((Part(Modality.TEXT, text="harbour rope"),), limit=5, variety=variety)
    return [hit.item.title for hit in engine.search(query).hits]


def test_a_query_without_variety_is_ranked_by_score(engine):
    query = Query((Part(Modality.TEXT, text="harbour rope"),), limit=5)
    scores = [hit.score for hit in engine.search(query).hits]
    assert scores == sorted(scores, reverse=True)


def test_variety_brings_another_kind_of_hit_forward(engine):
    plain, varied = titles(engine, 0.0), titles(engine, 0.7)
    assert plain[0] == varied[0]
    assert set(plain) == set(varied)
    assert plain[1] in ("0.txt", "1.txt", "2.txt")  # which say nearly the same as the first
    assert varied[1] in ("3.txt", "4.txt")
