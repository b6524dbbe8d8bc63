"""Rising ids as sets."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensorium.rising import among

IDS = st.lists(st.integers(0, 50))


@given(IDS, IDS)
def test_among_says_which_are_members(held, wanted):
    rising = np.unique(np.array(held, np.int64))
    assert among(rising, np.array(wanted, np.int64)).tolist() == [one in held for one in wanted]
