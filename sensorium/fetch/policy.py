"""How much, how fast and from where is fetched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sensorium import __version__
from sensorium.errors import BadSetting

from .reach import Reach

if TYPE_CHECKING:
    from sensorium.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """All times are in seconds. `whole_s` is that of one attempt, from the name of the host to the last byte.

    Of one host `per_host` files are fetched at a time, and requests begin `delay_s` apart. What fails in a way that
    may pass is tried `tries` times, `backoff_s` later, then twice that; a server that asks for more than
    `longest_wait_s` is left alone. After `give_up_after` attempts in a row without any answer so is a host.
    """

    reach: Reach = field(default_factory=Reach)
    ports: frozenset[int] = frozenset((80, 443))
    max_bytes: int = 100_000_000
    connect_s: float = 10.0
    read_s: float = 20.0
    whole_s: float = 300.0
    redirects: int = 5
    per_host: int = 2
    delay_s: float = 0.5
    tries: int = 3
    backoff_s: float = 2.0
    longest_wait_s: float = 120.0
    give_up_after: int = 6
    agent: str = f"Sensorium/{__version__}"

    @classmethod
    def from_settings(cls, settings: Settings) -> FetchPolicy:
        """Raises `BadSetting` for networks that are none."""
        try:
            reach = Reach.of(settings.fetch_allow)
        except ValueError as error:
            raise BadSetting(f"SENSORIUM_FETCH_ALLOW: {error}. Networks are written like 10.1.0.0/16.") from None
        return cls(
            reach=reach,
            ports=frozenset(settings.fetch_ports),
            max_bytes=settings.fetch_max_mb * 1_000_000,
            whole_s=settings.fetch_timeout_s,
            per_host=settings.fetch_per_host,
            delay_s=settings.fetch_delay_s,
        )
