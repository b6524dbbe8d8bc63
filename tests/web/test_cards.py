import math

import pytest

from sensorium.web.cards import length, strength


@pytest.mark.parametrize(("seconds", "shown"), [(0.42, "0.4 s"), (9.94, "9.9 s"), (9.96, "0:10"), (75.0, "1:15")])
def test_short_sounds_are_told_apart_by_tenths_of_a_second(seconds, shown):
    assert length(seconds) == shown


@pytest.mark.parametrize("expected_by_chance", [0.01, 1.0, 20.0])
def test_a_bar_is_the_share_of_such_matches_that_are_no_accident(expected_by_chance):
    worth = math.log10(1 + 1 / expected_by_chance)
    assert strength(worth) == pytest.approx(1 / (1 + expected_by_chance))


def test_a_match_without_a_score_has_no_bar():
    assert strength(float("nan")) == strength(-1.0) == 0.0
