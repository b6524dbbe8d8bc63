"""The stills of a film for its page: a strip that shows what comes when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sensorium.types import Channel, Item, Moment, Segment

from .cards import clock
from .links import moment_url, still_url

if TYPE_CHECKING:
    from sensorium.library import Library

MAX_STILLS = 120


@dataclass(frozen=True, slots=True)
class Shot:
    """A still, the time it stands for, and the film at that time."""

    picture: str
    label: str
    url: str
    start_s: float


def shots_of(item: Item, segments: Sequence[Segment], library: Library) -> tuple[Shot, ...]:
    """The stills of an item in order of time; of more than `MAX_STILLS`, as many, evenly thinned."""
    media = {medium.id: medium for medium in item.media}
    stills = [segment for segment in segments if segment.channel is Channel.FRAME and segment.medium_id in media]
    step = -(-len(stills) // MAX_STILLS) or 1
    shots = []
    for segment in stills[::step]:
        picture = still_url(segment, library)
        if picture is not None and segment.start_s is not None and segment.medium_id is not None:
            moment = Moment(segment.medium_id, segment.start_s, segment.end_s)
            shots.append(
                Shot(picture, clock(segment.start_s), moment_url(media[segment.medium_id], moment), segment.start_s)
            )
    return tuple(shots)
