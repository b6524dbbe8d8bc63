"""What a query is a copy or an excerpt of: the same recording and where in it, the same picture.

Fingerprints bring their own background: how seldom unrelated sounds and pictures agree so well does not depend on what
a library holds, but on how fingerprints are made. It was measured on sounds and pictures of many kinds, see
docs/evaluation.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sensorium.catalogue.facts import Background
from sensorium.fingerprints.constellation import TICK_S, Constellation
from sensorium.fingerprints.pictures import SAME, PicturePrint
from sensorium.library import Library
from sensorium.types import PICTURE_CHANNELS, Channel, Evidence, Modality, Segment

from .matches import FINGERPRINT

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids

SURE = 2.0
"""What a match is worth from which on it is called the same: chance brings one as good in a hundred queries."""

LEAST_DECADES = 2.0
"""Below, an alignment is mentioned no more: one query in twenty has such a one by chance."""

TRACK_LAW = Background(
    (0.0, 0.9, 1.85, 3.0, 4.1, 5.2, 10.0, 100.0, 1000.0),
    (2.4, 3.0, 3.5, 4.0, 4.5, 5.0, 7.0, 12.0, 14.0),
)
"""Decades of an alignment → surprise. Up to 4 as measured on 140,000 pairs of different recordings, many of one voice;
beyond on the same line at first, and then ever flatter, so that no recording outweighs all else that is asked."""
PICTURE_LAW = Background(
    (0.0, 0.5, 0.6, 0.7, 0.75, 0.8125, 0.85, 0.875, 1.0),
    (0.3, 4.1, 4.5, 4.9, 5.1, 5.6, 6.3, 6.7, 8.3),
)
"""Likeness → surprise: up to 6.7 as measured on 10 million pairs of different pictures, beyond on the same line."""
LAWS: Mapping[Channel, Background] = {
    Channel.TRACK: TRACK_LAW,
    Channel.PICTURE: PICTURE_LAW,
    Channel.FRAME: PICTURE_LAW,
}


@dataclass(frozen=True, slots=True)
class Recalled:
    """What one part of a query is to be known again by. `pictures` are that of a picture, or of a film's stills."""

    part: int
    modality: Modality
    track: Constellation | None = None
    pictures: tuple[PicturePrint, ...] = ()
    channels: tuple[Channel, ...] = ()

    def may_answer(self, channel: Channel) -> bool:
        """Whether segments of the channel are known by such prints, and the part asks them."""
        has = (
            self.track is not None if channel is Channel.TRACK else channel in PICTURE_CHANNELS and bool(self.pictures)
        )
        return has and (not self.channels or channel in self.channels)


@dataclass(frozen=True, slots=True)
class Recognised:
    """A segment and how well it agrees: decades, see `Alignment`, or likeness, see `pictures.likeness`.

    `span` is where in a recording the query lies, in seconds; it may begin before the recording or end after it.
    """

    segment_id: int
    raw: float
    span: tuple[float, float] | None = None


def recognise(
    asked: Recalled, channel: Channel, library: Library, depth: int, *, allowed: Ids | None = None
) -> list[Recognised]:
    """At most `depth` of a channel's segments that a part agrees with, best first; `allowed` keeps only these."""
    if channel is Channel.TRACK:
        return _tracks(asked, library, allowed)[:depth]
    best: dict[int, float] = {}
    for one in asked.pictures:
        for found in library.prints.pictures(one, channel, depth, allowed=allowed):
            best[found.segment_id] = max(found.likeness, best.get(found.segment_id, 0.0))
    ranked = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))[:depth]
    return [Recognised(segment_id, likeness) for segment_id, likeness in ranked]


def _tracks(asked: Recalled, library: Library, allowed: Ids | None) -> list[Recognised]:
    if asked.track is None or not len(asked.track):
        return []
    length_s = (int(asked.track.ticks[-1]) + 1) * TICK_S
    return [
        Recognised(found.segment_id, found.decades, (found.offset_s, found.offset_s + length_s))
        for found in library.prints.tracks(asked.track, allowed=allowed)
        if found.decades >= LEAST_DECADES
    ]


def located(segments: Mapping[int, Segment], spans: Mapping[int, tuple[float, float]]) -> dict[int, Segment]:
    """The segments, those of recordings that were known again narrowed to where in them the query lies."""
    return {
        segment_id: _narrowed(segment, *spans[segment_id]) if segment_id in spans else segment
        for segment_id, segment in segments.items()
    }


def _narrowed(segment: Segment, start_s: float, end_s: float) -> Segment:
    last = end_s if segment.end_s is None else min(end_s, segment.end_s)
    return replace(segment, start_s=max(0.0, start_s), end_s=max(last, start_s, 0.0))


def verdict(evidence: Evidence) -> str:
    """What a fingerprint says, in words; empty for evidence of other kinds."""
    if evidence.matcher != FINGERPRINT:
        return ""
    sure = evidence.calibrated >= SURE
    if evidence.channel is Channel.TRACK:
        return "the same recording" if sure else "perhaps the same recording"
    return "the same picture" if evidence.raw >= SAME else "nearly the same picture"
