"""When a picture that did not come is asked for again: later each time, much later where its server says it is gone."""

from __future__ import annotations

import time

from sensorium.catalogue.drafts import Refusal
from sensorium.errors import FetchError, NotAsked, SensoriumError
from sensorium.fetch import Answered, Fetched, Gone

HOUR_S, DAY_S = 3600.0, 86_400.0
WAITS_S = (HOUR_S, DAY_S, 7 * DAY_S)
"""After the first failure, the second, all others."""
GONE_WAITS_S = (DAY_S, 7 * DAY_S, 28 * DAY_S)
"""The same for 404 and 410."""
EARLY_S = 60.0
"""A run that comes every hour must not find that a minute is missing."""


def refusal_of(
    url: str, answer: Answered | SensoriumError | None, reason: str, before: Refusal | None
) -> Refusal | None:
    """What is to be noted of a failure; None where nobody was asked, so that the next run may ask at once."""
    if answer is None or isinstance(answer, NotAsked) or not isinstance(answer, FetchError | Gone | Fetched):
        return None
    times = 1 + (before.times if before is not None else 0)
    waits = GONE_WAITS_S if isinstance(answer, Gone) else WAITS_S
    return Refusal(url, times, time.time() + waits[min(times, len(waits)) - 1] - EARLY_S, reason)


def rests(refusal: Refusal | None) -> bool:
    """Whether an address is to be left alone for now. A clock that was wrong does not make it wait for ever."""
    return refusal is not None and 0 < refusal.again_at - time.time() <= GONE_WAITS_S[-1]
