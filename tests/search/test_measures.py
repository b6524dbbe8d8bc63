"""The measures against their definitions, written out."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest

from sensorium.search.measures import MEASURES, Judgement, intervals, measure, score


def measured(found, relevant):
    values = measure([Judgement(found=list(found), relevant=frozenset(relevant))])
    return dict(zip(MEASURES, values[0], strict=True))


def test_every_measure_of_a_known_ranking_is_its_formula():
    """Four right answers, at ranks 2, 3 and 12; the fourth is never found."""
    actual = measured("0ab12345678c9", "abcd")
    ideal = 1 + 1 / log2(3) + 1 / log2(4) + 1 / log2(5)
    precision, recall = 2 / 10, 2 / 4
    assert actual == pytest.approx(
        {
            "R@1": 0,
            "R@5": 1,
            "R@10": 1,
            "MRR": 1 / 2,
            "nDCG@10": (1 / log2(3) + 1 / log2(4)) / ideal,
            "MAP": (1 / 2 + 2 / 3 + 3 / 12) / 4,
            "P@10": precision,
            "recall@10": recall,
            "F1@10": 2 * precision * recall / (precision + recall),
            "R-precision": 2 / 4,
        }
    )


@pytest.mark.parametrize("rank", [1, 2, 5, 6, 10, 11, 100])
def test_one_right_answer_at_a_rank_is_measured_by_that_rank(rank):
    actual = measured([*(f"wrong {i}" for i in range(rank - 1)), "right"], ["right"])
    for depth in (1, 5, 10):
        assert actual[f"R@{depth}"] == (rank <= depth)
    assert actual["MRR"] == actual["MAP"] == pytest.approx(1 / rank)
    assert actual["nDCG@10"] == pytest.approx(1 / log2(rank + 1) if rank <= 10 else 0)
    assert actual["F1@10"] == pytest.approx(2 * 0.1 * 1 / 1.1 if rank <= 10 else 0)
    assert actual["R-precision"] == (rank == 1)


def test_the_order_of_the_answer_counts_and_not_the_names():
    assert measured(["b", "a"], ["b"])["MRR"] == measured(["a", "b"], ["a"])["MRR"] == 1


def test_an_answer_without_hits_measures_nothing():
    assert set(measured([], ["a"]).values()) == {0.0}


def test_each_row_measures_its_own_judgement():
    judgements = [Judgement(found=["a"] if i % 3 == 0 else ["b"], relevant=frozenset("a")) for i in range(25)]
    assert measure(judgements)[:, MEASURES.index("R@1")].tolist() == [float(i % 3 == 0) for i in range(25)]


def test_means_are_over_queries_and_stand_under_their_measure():
    values = np.random.default_rng(0).random((40, len(MEASURES)))
    actual = score(values, unmatched=3)
    assert (actual.n, actual.unmatched) == (40, 3)
    for column, name in enumerate(MEASURES):
        assert actual.means[name] == pytest.approx(sum(values[:, column]) / 40)
        assert actual.intervals[name][0] < actual.means[name] < actual.intervals[name][1]


def test_intervals_are_those_of_the_normal_approximation_for_many_queries():
    """Of a share p over n queries, the standard error is √(p(1-p)/n)."""
    values = np.zeros((2000, 1))
    values[:600] = 1
    low, high = intervals(values)[:, 0]
    error = 1.96 * (0.3 * 0.7 / 2000) ** 0.5
    assert low == pytest.approx(0.3 - error, abs=0.1 * error)
    assert high == pytest.approx(0.3 + error, abs=0.1 * error)


def test_intervals_shrink_with_the_root_of_the_number_of_queries():
    few = np.random.default_rng(1).random((50, 1))
    width = {times: float(np.diff(intervals(np.tile(few, (times, 1))), axis=0).item()) for times in (1, 4, 16)}
    assert width[4] / width[1] == pytest.approx(1 / 2, rel=0.15)
    assert width[16] / width[1] == pytest.approx(1 / 4, rel=0.15)


def test_the_same_values_give_the_same_intervals_and_one_query_a_point():
    values = np.random.default_rng(2).random((30, 2))
    np.testing.assert_array_equal(intervals(values), intervals(values.copy()))
    np.testing.assert_array_equal(intervals(values[:1]), np.tile(values[:1], (2, 1)))
