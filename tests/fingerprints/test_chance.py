"""What chance brings."""

import math

import pytest

from sensorium.fingerprints.chance import UNEVENNESS, decades


def poisson_tail(k, mean):
    return 1 - sum(math.exp(-mean) * mean**i / math.factorial(i) for i in range(k))


@pytest.mark.parametrize(("agreeing", "expected"), [(3, 0.0), (6, 0.4), (12, 3.5)])
def test_decades_are_those_of_a_poisson_tail(agreeing, expected):
    exact = -math.log10(poisson_tail(agreeing, expected + UNEVENNESS))
    assert decades(agreeing, expected, 1) == pytest.approx(exact, abs=0.15)
    assert decades(agreeing, expected, 1) <= exact


def test_more_tries_find_more_by_chance():
    assert decades(20, 1.0, 1) - decades(20, 1.0, 1000) == pytest.approx(3)


def test_what_is_expected_is_worth_nothing():
    assert decades(5, 5.0, 1) == 0
    assert decades(0, 0.0, 1) == 0


def test_hundreds_of_agreements_do_not_overflow():
    assert 1000 < decades(2000, 3.0, 1000) < 10_000
