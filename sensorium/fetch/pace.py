"""How hosts are spared: few requests at a time, some time apart; none while one asks for rest, none once it is dead."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sensorium.errors import NotAsked

from .policy import FetchPolicy


class _Host:
    def __init__(self, at_a_time: int) -> None:
        self.places = asyncio.Semaphore(at_a_time)
        self.next_s = 0.0
        self.silent = 0


class Pace:
    """That of all hosts. Lives in one event loop."""

    def __init__(self, policy: FetchPolicy) -> None:
        self._policy = policy
        self._hosts: dict[str, _Host] = defaultdict(lambda: _Host(policy.per_host))

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait until it is this request's turn. Raises `NotAsked` for a host that has been given up."""
        known = self._hosts[host]
        async with known.places:
            while (wait_s := known.next_s - time.monotonic()) > 0:  # a rest may be asked for meanwhile
                await asyncio.sleep(wait_s)
            if known.silent >= self._policy.give_up_after:
                raise NotAsked(f"{host} gave no answer {known.silent} times in a row and was left alone.")
            known.next_s = time.monotonic() + self._policy.delay_s
            yield

    def rest(self, host: str, seconds: float) -> None:
        """Leave a host alone for a while."""
        known = self._hosts[host]
        known.next_s = max(known.next_s, time.monotonic() + seconds)

    def answered(self, host: str, *, yes: bool) -> None:
        """Note whether a host gave any answer."""
        known = self._hosts[host]
        known.silent = 0 if yes else known.silent + 1
