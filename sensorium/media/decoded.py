"""What decoding gives. Everything here pickles, so that it can come back from a worker process."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from sensorium.types import Utterance

if TYPE_CHECKING:
    from sensorium.settings import Settings
    from sensorium.types import Pixels, Samples


DECODED_PX = 320
"""Pictures and stills are decoded at least this large on the shorter side: enough for a sharp thumbnail. Where a model
sees more, they are decoded larger."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost. Larger ones are refused, as far as possible before they are decoded.

    Long sound tracks are held in files in the folder `spool`, and their samples mapped from there; without one, in
    memory. Whoever takes the samples removes the file.
    """

    max_bytes: int
    max_pixels: int
    max_duration_s: float
    spool: Path | None = None

    @classmethod
    def from_settings(cls, settings: Settings, *, spool: Path | None = None) -> Limits:
        return cls(
            max_bytes=settings.max_file_mb * 1_000_000,
            max_pixels=settings.max_megapixels * 1_000_000,
            max_duration_s=float(settings.max_duration_s),
            spool=spool,
        )


PERSONAL = frozenset({"place", "author", "owner"})
"""Attributes that tell where somebody was and who. They are kept only where the settings ask for it."""


# Records that hold arrays are compared by identity: NumPy's == has no single answer.
@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """`pixels` is scaled down (never up) to the shorter side asked for; `width` and `height` are those of the original.

    All are upright. `attributes`, each only where known: `date` (ISO 8601), `camera`, `animated`, `pages`, and those of
    `PERSONAL`.
    """

    pixels: Pixels
    width: int
    height: int
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """`attributes`: `title`, `artist` and `album`, each only where tagged."""

    samples: Samples
    duration_s: float
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A still of a film that stands for `[start_s, end_s)`: a WebP file, because a long film has a thousand of them."""

    start_s: float
    end_s: float
    picture: bytes = field(repr=False)

    @property
    def pixels(self) -> Pixels:
        """The picture, decoded anew at every call."""
        import numpy as np
        from PIL import Image

        return np.asarray(Image.open(io.BytesIO(self.picture), formats=["WEBP"]).convert("RGB"))


@dataclass(frozen=True, slots=True)
class Subtitles:
    """What subtitles of one language say, in order of time. `language` is an ISO 639-1 code, or empty."""

    language: str
    utterances: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """Stills in order of time and the sound track, both on one clock that starts with the film.

    `sound` is None for a film without a sound track and for one whose sound track cannot be decoded; the latter
    says so in `attributes["unread_sound"]`. `width` and `height` are as shown: upright, with square pixels.
    `subtitles` are the tracks of text inside the film, one for each language.
    """

    frames: tuple[Frame, ...]
    sound: Samples | None
    width: int
    height: int
    duration_s: float
    attributes: Mapping[str, Any] = field(default_factory=dict)
    subtitles: tuple[Subtitles, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table row or the like. `heading` is the path above it, as in `Chapter > Section`."""

    text: str
    heading: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """`blocks` are in reading order, and none for a document without text, such as a scan."""

    title: str
    blocks: tuple[Block, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Product:
    """A row of a feed. `key` is unique in its feed; `media` are files inside of the feed's folder, `links` addresses on
    the web that it names its pictures by."""

    key: str
    title: str
    description: str
    price: float | None
    category: str
    attributes: Mapping[str, Any]
    media: tuple[Path, ...]
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deletion:
    """A row of a feed's changes that takes a product away."""

    key: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be taken. `number` is its line in the file, the first being 1, or its row in a Parquet file."""

    number: int
    reason: str


Decoded: TypeAlias = Picture | Sound | Film | Document
