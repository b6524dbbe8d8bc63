"""What the indexer hands to the catalogue: items, media and segments that have no ids yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sensorium.types import Box, Channel, Kind, Span, TextLine

OF_PICTURE = "\t"
"""Stands between a product's uri and the address of its picture, in the uri of a failure. Neither holds one."""


@dataclass(frozen=True, slots=True)
class MediumDraft:
    """A media file. `content` is the sha256 of its bytes, `thumbnail` a small JPEG picture of it."""

    path: Path
    mime: str
    content: str
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    thumbnail: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Print:
    """What a content is known again by. `method` says how it was made; prints of two methods are never compared."""

    method: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SegmentDraft:
    """A segment. `medium` is the place of its file in the item's media; `key` names what is to be encoded; it is empty
    where nothing is.
    """

    channel: Channel
    key: str
    medium: int | None = None
    start_s: float | None = None
    end_s: float | None = None
    page: int | None = None
    text: str | None = None
    boxes: tuple[Box, ...] = ()
    times: tuple[Span, ...] = ()
    still: bytes | None = field(default=None, repr=False)
    print: Print | None = None


@dataclass(frozen=True, slots=True)
class Inscription:
    """What is written in one place of a medium: in a picture, during a span of a film, on a page."""

    lines: tuple[TextLine, ...]
    start_s: float | None = None
    end_s: float | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Deciphered:
    """What a reader has made out in one content, and why it could not, if so."""

    inscriptions: tuple[Inscription, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A medium in which text has not been looked for. `spans` are those of a film's stills, in seconds."""

    medium_id: int
    item_id: int
    path: Path
    mime: str
    content: str
    spans: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """An item, whole. Putting it replaces whatever stood under its `uri`."""

    uri: str
    kind: Kind
    title: str
    path: Path
    fingerprint: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    media: tuple[MediumDraft, ...] = ()
    segments: tuple[SegmentDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A file, a row of a feed, an address or a product's picture (see `picture_uri`) that could not be read. With
    `kept`, what it was before stays in the library: its server may only be away."""

    uri: str
    path: Path
    fingerprint: str
    reason: str
    kept: bool = False

    def __str__(self) -> str:
        """The reason, behind the path unless it begins with that."""
        return self.reason if self.reason.startswith(str(self.path)) else f"{self.path}: {self.reason}"


@dataclass(frozen=True, slots=True)
class FetchRecord:
    """What an address gave when it was last fetched, `fetched_at` seconds since 1970. See `FetchedRow`."""

    url: str
    content: str
    file: str
    size: int
    etag: str = ""
    modified: str = ""
    fetched_at: float = 0.0

    @property
    def fingerprint(self) -> str:
        """That of the item made of it."""
        return f"web:{self.content}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """That the address of a product's picture gave none, and why. See `RefusalRow`."""

    url: str
    times: int
    again_at: float
    reason: str


def picture_uri(product: str, url: str) -> str:
    """Under which it is noted that a picture of a product could not be had. Its `fingerprint` is empty where it did not
    come, so that it is asked for again; else it tells what came."""
    return f"{product}{OF_PICTURE}{url}"
