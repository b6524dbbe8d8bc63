"""What the channels find, as columns: a query has hundreds of matches, and an object for each would cost more than
finding them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sensorium.types import Channel, Modality

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.columns import Mask
    from sensorium.vectors.protocol import Ids

    Floats = npt.NDArray[np.float64]

Span = tuple[float, float]
"""From when to when, in seconds."""
WORDS = "words"
"""The matcher of full-text search; vectors are matched under the name of their space."""
FINGERPRINT = "fingerprint"
"""The matcher of everything that is known again."""


@dataclass(frozen=True, slots=True)
class Source:
    """Which matcher of which channel answered which part of a query, and in what modality it was asked.

    `depicts`: decades of odds that the part's words describe something to be seen; 0 where nobody can tell.
    """

    part: int
    modality: Modality
    channel: Channel
    matcher: str
    depicts: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """The segments that one source found, best first.

    `segments` int64[n]; `raw` float64[n]; `ranks` int64[n], from 1; `among` is how many segments the channel was
    searched among. `spans` tells of recordings that were known again where in them the query lies, in seconds.
    `decades` float64[n]: by how many of them the words found are unlikely to stand there; None for other matchers.
    """

    source: Source
    among: int
    segments: Ids
    raw: Floats
    ranks: Ids
    spans: Mapping[int, Span] = field(default_factory=dict)
    decades: Floats | None = None

    @classmethod
    def of(
        cls, source: Source, among: int, found: Sequence[tuple[int, float]], spans: Mapping[int, Span] | None = None
    ) -> Matches:
        """Of (segment, raw score), best first."""
        segments = np.array([segment for segment, _ in found], np.int64)
        raw = np.array([score for _, score in found], np.float64)
        return cls(source, among, segments, raw, np.arange(1, len(found) + 1), spans or {})

    def __len__(self) -> int:
        return len(self.segments)


@dataclass(frozen=True, eq=False)
class Calibrated:
    """Matches of segments that exist, and beside each its item, int64[n], and its surprise, float64[n]: -log10 of the
    share of unrelated pairs that score at least as high."""

    matches: Matches
    items: Ids
    surprise: Floats

    @property
    def source(self) -> Source:
        return self.matches.source

    def __len__(self) -> int:
        return len(self.items)

    def where(self, kept: Mask) -> Calibrated:
        """Only the matches that bool[n] keeps."""
        m = self.matches
        decades = None if m.decades is None else m.decades[kept]
        matches = replace(m, segments=m.segments[kept], raw=m.raw[kept], ranks=m.ranks[kept], decades=decades)
        return Calibrated(matches, self.items[kept], self.surprise[kept])

    @cached_property
    def first_of_items(self) -> tuple[Ids, Ids]:
        """Every item once, rising, and the place of its best match: int64[k] each."""
        return np.unique(self.items, return_index=True)


def merged(found: Sequence[Calibrated]) -> Calibrated:
    """Several lists of one source as one, the most surprising matches first."""
    segments, raw, ranks = (
        np.concatenate([getattr(one.matches, name) for one in found]) for name in ("segments", "raw", "ranks")
    )
    items, surprise = (np.concatenate([getattr(one, name) for one in found]) for name in ("items", "surprise"))
    order = np.argsort(-surprise, kind="stable")
    spans = {segment: span for one in reversed(found) for segment, span in one.matches.spans.items()}
    told = [one.matches.decades for one in found if one.matches.decades is not None]
    decades = np.concatenate(told)[order] if len(told) == len(found) else None
    matches = Matches(
        found[0].source, found[0].matches.among, segments[order], raw[order], ranks[order], spans, decades
    )
    return Calibrated(matches, items[order], surprise[order])


def by_part(found: Iterable[Calibrated]) -> dict[tuple[int, Modality], list[Calibrated]]:
    """What was found for each part of a query; what its words, pictures and sounds found apart."""
    parted: dict[tuple[int, Modality], list[Calibrated]] = {}
    for one in found:
        if len(one):
            parted.setdefault((one.source.part, one.source.modality), []).append(one)
    return parted
