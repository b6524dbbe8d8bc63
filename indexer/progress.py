"""What an indexing run tells about itself while it goes on, and at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from sensorium.catalogue.drafts import Failure


class Progress(Protocol):
    """Where a run reports to: the terminal, a job's row, a test's list."""

    def scanned(self, to_do: int) -> None:
        """The scan is done, and so many units must be read."""

    def committed(self, units: int, failed: int) -> None:
        """So many more units are done; so many of their files could not be read."""


class Silent:
    """Progress that nobody watches."""

    def scanned(self, to_do: int) -> None: ...

    def committed(self, units: int, failed: int) -> None: ...


@dataclass(slots=True)
class Summary:
    """What a run did. `encoded` counts contents that went through a model; the cache spared the others."""

    indexed: int = 0
    unchanged: int = 0
    removed: int = 0
    encoded: int = 0
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    interrupted: bool = False
