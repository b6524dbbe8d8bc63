"""What a library holds, at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sensorium.catalogue.drafts import Failure
from sensorium.catalogue.refusals import PutOff
from sensorium.indexes.state import IndexState
from sensorium.types import Channel, Kind


@dataclass(frozen=True, slots=True)
class Status:
    """What a library holds, and what it could not read."""

    profile: str
    items: Mapping[Kind, int]
    segments: Mapping[Channel, int]
    spaces: tuple[str, ...]
    failures: tuple[Failure, ...]
    indexes: tuple[IndexState, ...] = ()
    put_off: PutOff = field(default_factory=PutOff)
