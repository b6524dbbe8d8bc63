"""Stages run in their order, each within its time."""

import time
from dataclasses import replace

import pytest

from sensorium.errors import UnknownName
from sensorium.search.fusion import Scored
from sensorium.search.rerank import Reranker, make_reranker, register_stage
from sensorium.search.rerank.stage import Ranked
from sensorium.settings import Settings

SCORED = [Scored(n, 10.0 - n, ()) for n in range(5)]


class Reverse:
    """Turns the list round after a nap, and notes the time it was given."""

    def __init__(self, name="reverse", *, budget_ms=100.0, nap_s=0.0, wanted=True):
        self.name = name
        self.budget_ms = budget_ms
        self.nap_s = nap_s
        self.wanted = wanted
        self.given_s = None

    def prepare(self):
        self.prepared = True

    def wants(self, scene):
        return self.wanted

    def rank(self, scored, scene, deadline):
        self.given_s = deadline.left_s
        time.sleep(self.nap_s)
        return Ranked(list(scored)[::-1], note=f"{self.name} ran")


def ids(scored):
    return [one.item_id for one in scored]


def test_each_stage_sees_what_the_one_before_it_left():
    scored, notes = Reranker([Reverse("a"), Reverse("b"), Reverse("c")], budget_ms=1000).rank(SCORED, None)
    assert ids(scored) == [4, 3, 2, 1, 0]
    assert notes == ("a ran", "b ran", "c ran")


def test_a_stage_gets_its_own_budget_or_what_is_left():
    first, second = Reverse(budget_ms=40, nap_s=0.06), Reverse(budget_ms=500)
    Reranker([first, second], budget_ms=200).rank(SCORED, None)
    assert 0.02 < first.given_s <= 0.04
    assert second.given_s <= 0.14


def test_when_the_time_is_spent_the_rest_is_skipped_in_order_and_said_so():
    slow, late, later = Reverse("slow", nap_s=0.03), Reverse("late"), Reverse("later")
    scored, notes = Reranker([slow, late, later], budget_ms=20).rank(SCORED, None)
    assert ids(scored) == [4, 3, 2, 1, 0]
    assert notes[0] == "slow ran"
    assert notes[1] == (
        "Skipped for want of time: late, later. The setting rerank_budget_ms allows 20 ms for all second looks."
    )


def test_a_stage_with_nothing_to_do_is_not_named():
    scored, notes = Reranker([Reverse(wanted=False)], budget_ms=20).rank(SCORED, None)
    assert (scored, notes) == (SCORED, ())


def test_the_settings_name_the_stages():
    settings = Settings(rerank=" fold, variety ", rerank_budget_ms=75)
    chain = make_reranker(settings)
    assert [stage.name for stage in chain.stages] == ["folding", "variety"]
    assert chain.budget_ms == 75
    assert make_reranker(Settings(rerank="")).stages == ()


def test_a_stage_can_be_registered_and_an_unknown_one_is_named():
    register_stage("test-reverse", lambda settings: Reverse(budget_ms=settings.rerank_budget_ms))
    assert make_reranker(Settings(rerank="test-reverse")).stages[0].budget_ms == 200
    register_stage("test-nothing", lambda _: None)
    assert make_reranker(Settings(rerank="test-nothing")).stages == ()
    with pytest.raises(UnknownName, match=r"stage is named 'oracle'.*fold.*variety"):
        make_reranker(Settings(rerank="oracle"))


def test_scored_records_are_not_changed_in_place():
    before = [replace(one) for one in SCORED]
    Reranker([Reverse()], budget_ms=100).rank(SCORED, None)
    assert before == SCORED
