"""Tuning finds what is better on held-out queries, and leaves well alone."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from sensorium.search.collect import Collected
from sensorium.search.corpus import Judged
from sensorium.search.fusion.weights import SHIPPED, Weights, from_json
from sensorium.search.matches import Calibrated, Matches, Source
from sensorium.search.tune import candidates, cross_validated, sample_by_task, tune, worth_of
from sensorium.types import Channel, Modality, Part


def match(item_id: int, channel: Channel, surprise: float) -> Calibrated:
    matches = Matches.of(Source(0, Modality.TEXT, channel, "space"), 10, [(item_id, 0.5)])
    return Calibrated(matches, np.array([item_id]), np.array([surprise]))


def judged(name: str, task: str) -> Judged:
    return Judged(name, task, Part(Modality.TEXT, text=name), (Path("right"),), (), None)


def collected(number: int, *, right: int, task: str = "task") -> Collected:
    """Item 1 by its name, item 2 by its text: with the name believed more, item 1 comes first."""
    matches = [match(1, Channel.NAME, 3.0), match(2, Channel.TEXT, 2.9)]
    return Collected(judged(str(number), task), matches, frozenset({right}), frozenset())


def test_a_query_is_worth_its_rank():
    first, second = collected(0, right=2), collected(0, right=1)
    assert worth_of(first, SHIPPED) == 1.0  # names are believed less as shipped
    assert worth_of(second, SHIPPED) == pytest.approx((1 + 1 / 2) / 2)
    assert worth_of(first, Weights(name=0.3)) == pytest.approx(0.75)


def test_weights_that_help_every_query_are_found():
    queries = [collected(number, right=1, task=f"task {number % 2}") for number in range(20)]
    tuned = tune(queries, SHIPPED, tries=40)
    assert tuned.better
    assert set(tuned.after.values()) == {1.0}
    assert tuned.gain == pytest.approx(0.25)
    assert tuned.weights.name > SHIPPED.name


def test_present_weights_stay_where_nothing_is_gained():
    queries = [collected(number, right=2) for number in range(20)]
    tuned = tune(queries, SHIPPED, tries=20)
    assert tuned.weights == SHIPPED
    assert not tuned.better


def test_luck_on_one_half_is_not_mistaken_for_skill():
    """Each candidate is good on random queries: the best of many looks good, held-out queries show nothing."""
    rng = np.random.default_rng(3)
    values = rng.integers(0, 2, (200, 60)).astype(float)
    share = np.full(60, 1 / 60)
    assert (values @ share).max() > 0.6
    assert abs(cross_validated(values, share).mean() - 0.5) < 0.15


def test_too_few_queries_are_refused():
    with pytest.raises(ValueError, match="3 judged queries are too few"):
        tune([collected(number, right=1) for number in range(3)], SHIPPED, tries=1)


def test_candidates_follow_from_the_seed_and_move_a_few():
    made = candidates(SHIPPED, 30, seed=1)
    assert made == candidates(SHIPPED, 30, seed=1) != candidates(SHIPPED, 30, seed=2)
    present = asdict(SHIPPED)
    for one in made:
        assert sum(value != present[name] for name, value in asdict(one).items()) <= 4
        assert 0 <= one.discount <= 1
        assert one.steepness >= 0.05


def test_a_sample_keeps_every_task():
    queries = [judged(str(number), "many") for number in range(50)] + [judged("x", "one")]
    kept = sample_by_task(queries, 7)
    assert [query.task for query in kept] == ["many"] * 7 + ["one"]


def test_weights_survive_storage_and_strangers():
    weights = Weights(name=0.25, discount=0.1)
    assert from_json(weights.as_json()) == weights
    assert from_json(None) == SHIPPED
    assert from_json('{"discount": 0.2, "from a later version": 1}') == Weights(discount=0.2)
