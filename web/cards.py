"""What a card of the result page shows of a hit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sensorium.search.recognise import verdict
from sensorium.types import TEXT_CHANNELS, Channel, Evidence, Hit, Item, Kind, Medium, Moment

from .links import moment_url, still_url, thumbnail_url
from .passages import PASSAGE_CHARACTERS, Piece, passage, split_heading

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sensorium.library import Library

MAX_MOMENTS = 5
MAX_CHIPS = 4
MIN_SPAN = 1.5  # percent; shorter moments could not be seen

KIND_NAMES = {
    Kind.PICTURE: ("picture", "pictures"),
    Kind.FILM: ("film", "films"),
    Kind.RECORDING: ("recording", "recordings"),
    Kind.DOCUMENT: ("document", "documents"),
    Kind.PRODUCT: ("product", "products"),
}
CHANNEL_NAMES = {
    Channel.PICTURE: "picture",
    Channel.FRAME: "film frame",
    Channel.TEXT: "text",
    Channel.SPEECH: "speech",
    Channel.OCR: "text in picture",
    Channel.SOUND: "sound",
    Channel.NAME: "name",
    Channel.TRACK: "recording",
}
_PRICE_KEYS = ("price", "sale_price", "Price")
_CURRENCY_KEYS = ("currency", "price_currency", "priceCurrency", "Currency")


@dataclass(frozen=True, slots=True)
class MomentLink:
    """A place to look: `label` such as `1:23` or `page 4`; `start_s` for a player on the same card."""

    label: str
    url: str
    start_s: float | None


@dataclass(frozen=True, slots=True)
class Span:
    """A moment's place in the whole medium, in percent of its duration."""

    start: float
    length: float


@dataclass(frozen=True, slots=True)
class Chip:
    """The best evidence of one channel; `strength` is 0…1."""

    channel: str
    strength: float


@dataclass(frozen=True, slots=True)
class Card:
    """One hit, ready to be shown."""

    hit: Hit
    medium: Medium | None
    url: str
    thumbnail: str | None
    price: str
    heading: str
    pieces: tuple[Piece, ...]
    moments: tuple[MomentLink, ...]
    spans: tuple[Span, ...]
    chips: tuple[Chip, ...]

    @property
    def item(self) -> Item:
        return self.hit.item

    @property
    def kind(self) -> str:
        return KIND_NAMES[self.hit.item.kind][0]

    @property
    def several_parts(self) -> bool:
        """Whether it must be said which part of the query a piece of evidence answers."""
        return any(evidence.part > 0 for evidence in self.hit.evidence)


def card(hit: Hit, words: frozenset[str], library: Library) -> Card:
    """The card of a hit. `words` are marked in its passage."""
    first = hit.moments[0] if hit.moments else None
    medium = _medium_of(hit.item, first)
    heading, pieces = _passage(hit, words)
    return Card(
        hit=hit,
        medium=medium,
        url=moment_url(medium, first) if medium else "",
        thumbnail=_still(hit, medium, library) or _thumbnail(hit.item, medium, library),
        price=price_of(hit.item.attributes),
        heading=heading,
        pieces=pieces,
        moments=_moments(hit),
        spans=_spans(hit, medium),
        chips=_chips(hit.evidence),
    )


def clock(seconds: float) -> str:
    """`1:05`, or `1:02:07` from an hour on."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def length(seconds: float) -> str:
    """How long something takes: `0.4 s` below ten seconds, else as `clock` says."""
    return f"{seconds:.1f} s" if seconds < 9.95 else clock(round(seconds))


def strength(calibrated: float) -> float:
    """How surely a match is no accident, 0…1, of its worth log10(1 + 1/E): one in 1 + E such matches is by chance."""
    if math.isnan(calibrated):
        return 0.0
    return max(0.0, 1 - 10**-calibrated)


def price_of(attributes: Mapping[str, Any]) -> str:
    """The price of a product as its feed gives it, a number with two decimals; empty without one."""
    price = next((attributes[key] for key in _PRICE_KEYS if attributes.get(key) not in (None, "")), None)
    if price is None:
        return ""
    try:
        shown = f"{float(price):.2f}"
    except (TypeError, ValueError):
        shown = str(price)
    currency = next((str(attributes[key]) for key in _CURRENCY_KEYS if attributes.get(key)), "")
    return f"{shown} {currency}".strip()


def _medium_of(item: Item, moment: Moment | None) -> Medium | None:
    if moment is not None:
        for medium in item.media:
            if medium.id == moment.medium_id:
                return medium
    return item.media[0] if item.media else None


def _still(hit: Hit, medium: Medium | None, library: Library) -> str | None:
    """Of a film, what is seen where it answers best."""
    seen = [one for one in hit.evidence if one.channel is Channel.FRAME and one.contribution > 0]
    best = max(seen, key=lambda one: one.contribution, default=None)
    if best is None or medium is None or best.segment.medium_id != medium.id:
        return None
    return still_url(best.segment, library)


def _thumbnail(item: Item, medium: Medium | None, library: Library) -> str | None:
    ordered = (*((medium,) if medium else ()), *(other for other in item.media if other is not medium))
    return next((url for one in ordered if (url := thumbnail_url(one, library))), None)


def _passage(hit: Hit, words: frozenset[str]) -> tuple[str, tuple[Piece, ...]]:
    """The strongest passage with its heading. An item's own name is on the card already."""
    spoken = [
        evidence
        for evidence in hit.evidence
        if evidence.channel in TEXT_CHANNELS and evidence.channel is not Channel.NAME and evidence.segment.text
    ]
    if not spoken:
        return "", ()
    best = max(spoken, key=lambda evidence: evidence.contribution)
    if best.quote is not None:
        return f"Said at {clock(best.quote.start_s)}", passage(best.quote.text, words, length=PASSAGE_CHARACTERS // 2)
    text = best.segment.text or ""
    if hit.item.kind is not Kind.DOCUMENT:  # whose card has a picture or a player to show besides
        return "", passage(text, words, length=PASSAGE_CHARACTERS // 2)
    heading, text = split_heading(text)
    return heading, passage(text, words)


def _moments(hit: Hit) -> tuple[MomentLink, ...]:
    links: dict[tuple[str, int], MomentLink] = {}
    for moment in hit.moments[:MAX_MOMENTS]:
        medium = _medium_of(hit.item, moment)
        if medium is None:
            continue
        if moment.start_s is not None:
            link = MomentLink(clock(moment.start_s), moment_url(medium, moment), moment.start_s)
        elif moment.page is not None:
            link = MomentLink(f"page {moment.page}", moment_url(medium, moment), None)
        else:
            continue
        links.setdefault((link.label, medium.id), link)  # two moments of one second look the same
    return tuple(links.values())


def _spans(hit: Hit, medium: Medium | None) -> tuple[Span, ...]:
    """Empty where the duration is not known."""
    if medium is None or not medium.duration_s:
        return ()
    percent = 100 / medium.duration_s
    places = [
        (moment.start_s * percent, (moment.end_s or moment.start_s) * percent)
        for moment in hit.moments
        if moment.start_s is not None and moment.medium_id == medium.id
    ]
    widest = [(min(start, 100 - MIN_SPAN), max(end - start, MIN_SPAN)) for start, end in places]
    return tuple(Span(start, min(length, 100 - start)) for start, length in widest)


def _chips(evidence: tuple[Evidence, ...]) -> tuple[Chip, ...]:
    best: dict[Channel, Evidence] = {}
    for one in sorted(evidence, key=lambda one: one.contribution, reverse=True):
        best.setdefault(one.channel, one)
    chips = (Chip(verdict(one) or CHANNEL_NAMES[channel], strength(one.calibrated)) for channel, one in best.items())
    return tuple(chips)[:MAX_CHIPS]
