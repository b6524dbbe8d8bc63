"""The nouns that cross every border. Frozen and slotted: nobody changes what another part handed over.

Database rows and index positions stay behind `sensorium.library`; everything outside it speaks in these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:  # NumPy must not be imported by `sensorium --help`
    import numpy as np
    import numpy.typing as npt

    Matrix: TypeAlias = npt.NDArray[np.float32]
    """Vectors in rows: float32[n, dimension], unit length, so that an inner product is a cosine."""
    Pixels: TypeAlias = npt.NDArray[np.uint8]
    """One picture: uint8[height, width, 3], RGB, upright."""
    Samples: TypeAlias = npt.NDArray[np.int16]
    """One sound: int16[n], mono, `SAMPLE_RATE` samples a second."""

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom of a rectangle, as shares (0 to 1) of the width and height of what it lies in."""

Span: TypeAlias = tuple[float, float]
"""A stretch of time `[start_s, end_s)`, in seconds."""

Stretch: TypeAlias = tuple[int, int]
"""Some characters of a text: the place of the first, and the place after the last."""

SAMPLE_RATE = 16_000
"""Samples a second of every sound after decoding; what Whisper, PocketSphinx and YAMNet all take."""


class Kind(StrEnum):
    """What a person calls a result."""

    PICTURE = "picture"
    RECORDING = "recording"
    FILM = "film"
    DOCUMENT = "document"
    PRODUCT = "product"


class Channel(StrEnum):
    """How a segment speaks. Channels are never averaged into one vector.

    `TRACK` is a sound as a whole, known again by its fingerprint; what it sounds like and what is said in it are other
    channels.
    """

    PICTURE = "picture"
    FRAME = "frame"
    TEXT = "text"
    SPEECH = "speech"
    OCR = "ocr"
    SOUND = "sound"
    NAME = "name"
    TRACK = "track"


TEXT_CHANNELS = (Channel.TEXT, Channel.SPEECH, Channel.OCR, Channel.NAME)
"""Channels whose segments carry words, and so are found by full-text search as well as by vectors."""
PICTURE_CHANNELS = (Channel.PICTURE, Channel.FRAME)


class Modality(StrEnum):
    """What a part of a query is made of."""

    TEXT = "text"
    PICTURE = "picture"
    SOUND = "sound"
    FILM = "film"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Space:
    """An embedding space. Vectors of two spaces are never compared.

    `name` is unique among the profiles; `checksum` is the sha256 over the weights of every tower that writes
    into the space, so that the same name with other weights is another space.
    """

    name: str
    dimension: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Medium:
    """One media file of an item. A product has any number, every other item has one.

    `content` is the sha256 of its bytes: two files of equal content are the same to look at, and still two files.
    """

    id: int
    path: Path
    mime: str
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    content: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """What is found: a picture, a recording, a film, a document or a product."""

    id: int
    kind: Kind
    title: str
    path: Path
    attributes: Mapping[str, Any] = field(default_factory=dict)
    media: tuple[Medium, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """The smallest thing that can match and be shown.

    `boxes` tell where in its picture, frame or page it lies: of channel `ocr`, box i is that of line i of `text`; of
    `picture`, the one box is the part of the picture that was looked at. Without boxes, it is the whole. `times` tell
    the same of channel `speech`: line i of `text` was said from second `times[i][0]` to `times[i][1]`.
    """

    id: int
    item_id: int
    channel: Channel
    medium_id: int | None = None
    start_s: float | None = None
    end_s: float | None = None
    page: int | None = None
    text: str | None = None
    boxes: tuple[Box, ...] = ()
    times: tuple[Span, ...] = ()

    def utterances(self) -> tuple[Utterance, ...]:
        """What was said, piece by piece; nothing where the times of the lines are not known."""
        lines = (self.text or "").split("\n") if self.times else ()
        return tuple(Utterance(start_s, end_s, line) for (start_s, end_s), line in zip(self.times, lines, strict=True))


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text in a picture, where it stands, and how sure (0 to 1) its reader is of the letters."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of speech `[start_s, end_s)` and its words. `language` is an ISO 639-1 code, empty if not known."""

    start_s: float
    end_s: float
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where in an item to look: a span of a recording or film `[start_s, end_s)`, a page, or one of several media."""

    medium_id: int | None
    start_s: float | None = None
    end_s: float | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a hit is there: one channel's word for one of its segments.

    `raw` is what the matcher measured (a cosine, or a share of the query's words by weight), `calibrated` what
    that is worth against the library's own background, `rank` its place in its channel's list (1 is best),
    `contribution` what it added to the hit's score. Of a passage of speech, `quote` is the utterance that answers. In
    an explained answer, `spans` are the words asked for in the segment's text, `boxes` the lines of text in a picture
    that hold them.
    """

    channel: Channel
    matcher: str
    part: int
    segment: Segment
    raw: float
    calibrated: float
    rank: int
    contribution: float
    quote: Utterance | None = None
    spans: tuple[Stretch, ...] = ()
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What decided a hit's place: its `rank` (1 is best) among all that was found, before second looks, and its rank
    `without` each channel that speaks for it, None where it would not have been found.
    """

    rank: int
    without: Mapping[Channel, int | None]


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that was found. `score` is the sum of its evidence's contributions; evidence and moments stand best
    first. `alike` are its near-duplicates, which were found too and are not shown as hits of their own. `chance`, 0 to
    1, is the share of nonsense queries that find something as good; None where the item was listed rather than found.
    """

    item: Item
    score: float
    evidence: tuple[Evidence, ...]
    moments: tuple[Moment, ...] = ()
    alike: tuple[Item, ...] = ()
    explanation: Explanation | None = None
    chance: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a query: words, an example by path, or an item of the library (`like`, its id).

    Weights are relative; negative ones push away, and from -1 on leave out what is clearly meant. In `text`, words in
    straight quotes must stand so where a channel has words, and a star after a word stands for any ending. `channels`
    are the only ones that are asked; empty means all. `likes` and `dislikes` are ids of items too: what is wanted is
    like those, and unlike these.
    """

    modality: Modality
    text: str = ""
    path: Path | None = None
    weight: float = 1.0
    channels: tuple[Channel, ...] = ()
    like: int | None = None
    likes: tuple[int, ...] = ()
    dislikes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """A value of an attribute, whatever its case; with `prefix` every value that begins so."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """Values of an attribute between two ends, each a number (`50`, `19.99 EUR`), a date (`2023`, `2023-05-01`), or
    empty: open. A range with both ends includes its `low` one."""

    low: str = ""
    high: str = ""
    includes_low: bool = True
    includes_high: bool = True

    def __post_init__(self) -> None:
        if not (self.low or self.high) or (self.low and self.high and not self.includes_low):
            raise ValueError(f"{self!r}: expected at least one end, and the low one of two included.")


@dataclass(frozen=True, slots=True)
class Filter:
    """Keeps the items whose attribute `field` is any of `values`; with `excluded` those where it is none of them."""

    field: str
    values: tuple[Term | Range, ...]
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class SortKey:
    """An attribute to order by. Items without it come last, either way."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: parts to look for, filters that all must hold, an order, and how many hits are wanted.

    `more` and `less` are ids of items that were liked and disliked: without parts, what is like them is recommended.
    Without `sort` the best come first. A query without parts lists every item that passes the filters. `kinds` and
    `folder` (only items below it) are short for filters. `cursor`, from an answer to the same query, asks for the hits
    that come after those shown. `variety` from 0 to 1 weighs how different hits are from one another against how good
    they are; `fusion` names the way to join what channels found, else the engine's own; with `cut` only hits come that
    pass the stated false-accept rate; with `fold` near-duplicates become one hit; with `explain` hits say more of why
    they are there. `facets` name the attributes to count, see `sensorium.search.facets`. `notes` say how the query was
    understood where that may surprise.
    """

    parts: tuple[Part, ...] = ()
    more: tuple[int, ...] = ()
    less: tuple[int, ...] = ()
    limit: int = 20
    kinds: tuple[Kind, ...] = ()
    folder: Path | None = None
    cursor: str = ""
    variety: float = 0.0
    fusion: str = ""
    fold: bool = True
    cut: bool = False
    explain: bool = False
    filters: tuple[Filter, ...] = ()
    sort: tuple[SortKey, ...] = ()
    facets: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.variety <= 1:
            raise ValueError(f"variety = {self.variety}: expected a number from 0 to 1.")


@dataclass(frozen=True, slots=True)
class Step:
    """How one channel was asked: which way (`route`, and why), among how many of its segments the filters kept."""

    part: int
    channel: Channel
    matcher: str
    route: str
    kept: int
    total: int
    took_ms: float


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of an attribute, or a span of values, and how many items of the result the filter `pick` keeps.

    `typed` is that filter in the query language.
    """

    label: str
    count: int
    pick: Filter
    typed: str


@dataclass(frozen=True, slots=True)
class Facet:
    """How an attribute is spread over the result: its values, most frequent first, or its spans in their order.

    `others` counts further values that are not listed, `without` the items that have none.
    """

    field: str
    label: str
    values: tuple[FacetValue, ...]
    others: int = 0
    without: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The hits, best first. `notes` say what the user should know: a channel that could not be asked, and why.

    `cursor` asks for the hits after these; it is empty where there are no more. `total` counts the items of the whole
    result where it has an end (it has been counted or ordered, or all that pass the filters are listed), else None.
    `steps` say how the channels were asked. `nothing` says that no hit passes the stated false-accept rate: there is
    nothing here, and what is listed is only the nearest.
    """

    hits: tuple[Hit, ...]
    took_ms: float
    notes: tuple[str, ...] = ()
    cursor: str = ""
    total: int | None = None
    facets: tuple[Facet, ...] = ()
    steps: tuple[Step, ...] = ()
    nothing: bool = False
