"""The words of one item for its page: what was said, written or printed in it, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sensorium.types import TEXT_CHANNELS, Channel, Item, Kind, Moment, Segment, Utterance

from .cards import CHANNEL_NAMES, clock
from .links import moment_url
from .passages import Piece, passage, split_heading

MAX_LINES = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One segment's words.

    `heading` is what they stand under, where that is another than before; `place` their time or page, empty where
    they have none; `url` the medium at that place.
    """

    heading: str
    place: str
    url: str
    start_s: float | None
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """The lines of one channel in their order, at most `MAX_LINES`, and how many more there are."""

    heading: str
    lines: tuple[Line, ...]
    left_out: int


def texts_of(item: Item, segments: Sequence[Segment], words: frozenset[str]) -> tuple[Text, ...]:
    """An item's words by channel, with `words` marked. Its name is left out: the page bears it."""
    texts = []
    for channel in TEXT_CHANNELS:
        spoken = [segment for segment in segments if segment.channel is channel and segment.text]
        if spoken and channel is not Channel.NAME:
            single = list(_utterances(spoken)) if channel is Channel.SPEECH else spoken
            lines = tuple(_lines(item, single[:MAX_LINES], words))
            texts.append(Text(CHANNEL_NAMES[channel].capitalize(), lines, len(single) - len(lines)))
    return tuple(texts)


def _utterances(passages: Sequence[Segment]) -> Iterator[Segment]:
    """Passages of speech overlap; here every utterance stands once, in a line of its own."""
    seen: set[Utterance] = set()
    for spoken in passages:
        if not spoken.times:
            yield spoken
        for said in spoken.utterances():
            if said not in seen:
                seen.add(said)
                yield replace(spoken, start_s=said.start_s, end_s=said.end_s, text=said.text, times=())


def _lines(item: Item, segments: Sequence[Segment], words: frozenset[str]) -> Iterator[Line]:
    before = ""
    for segment in segments:
        heading, text = "", segment.text or ""
        if item.kind is Kind.DOCUMENT:
            heading, text = split_heading(text)
        yield _line(item, segment, heading if heading != before else "", passage(text, words, length=len(text)))
        before = heading


def _line(item: Item, segment: Segment, heading: str, pieces: tuple[Piece, ...]) -> Line:
    medium = next((medium for medium in item.media if medium.id == segment.medium_id), None)
    moment = Moment(segment.medium_id, segment.start_s, segment.end_s, segment.page)
    if segment.start_s is not None:
        place = clock(segment.start_s)
    else:
        place = f"Page {segment.page}" if segment.page is not None else ""
    return Line(
        heading=heading,
        place=place,
        url=moment_url(medium, moment) if medium else "",
        start_s=segment.start_s,
        pieces=pieces,
    )
