"""How vectors are searched, by what it costs."""

import pytest

from sensorium.search.plan import SCANNED, choose
from sensorium.types import Channel, Space

SPACE = Space("s", 4, "c")
MANY = 50 * SCANNED


class Costing:
    """A library whose searches cost what is said."""

    def __init__(self, *, scan, index):
        self._costs = {True: scan, False: index}

    def search_cost(self, _space, _channel, _kept=None, *, exact=False):
        return self._costs[exact]


@pytest.mark.parametrize(
    ("costs", "exact"),
    [
        ({"scan": 10.0, "index": 20.0}, True),
        ({"scan": 10.0, "index": 10.0}, True),
        ({"scan": 20.0, "index": 10.0}, False),
    ],
)
def test_what_costs_less_is_done(costs, exact):
    route = choose(Costing(**costs), SPACE, Channel.TEXT, kept=None, total=MANY)
    assert (route.exact, route.why.startswith("exact")) == (exact, exact)


def test_few_vectors_are_looked_at_whatever_that_costs():
    costs = Costing(scan=20.0, index=10.0)
    assert choose(costs, SPACE, Channel.TEXT, kept=SCANNED, total=MANY).exact
    assert choose(costs, SPACE, Channel.TEXT, kept=None, total=SCANNED).exact
    assert not choose(costs, SPACE, Channel.TEXT, kept=SCANNED + 1, total=MANY).exact


def test_a_large_channel_without_vectors_can_be_asked():
    """Names that say nothing, such as those of a camera's files, have none."""
    assert choose(Costing(scan=0.0, index=0.0), SPACE, Channel.NAME, kept=None, total=MANY).exact
