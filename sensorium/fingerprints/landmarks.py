"""Pairs of peaks: what two constellations of one recording have in common, wherever each of them begins.

A landmark is an anchor and one of the peaks that follow it: the anchor's bin, the way to the other in bins and the time
between them make a hash of 22 bits (Wang, 2003). Where a recording and an excerpt of it agree, the times of their equal
hashes differ by the same offset.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from .constellation import Constellation

if TYPE_CHECKING:
    import numpy.typing as npt

    Hashes: TypeAlias = npt.NDArray[np.uint32]
    Places: TypeAlias = npt.NDArray[np.int64]

MOST_TICKS = 63
"""One second: a pair lies within it."""
MOST_BINS = 63
"""One kilohertz, up or down."""
TIME_BITS, WAY_BITS = 6, 7
RECORDED_FAN = 3
"""Pairs that an anchor of a recording has: with its strongest followers, which noise takes last."""
ASKED_FAN = 20
"""Pairs that an anchor of a query has: enough to hold those that the recording has, between noise's own."""
_ANCHORS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """`hashes` uint32[n] and the ticks of their anchors, int64[n]."""

    hashes: Hashes
    ticks: Places

    def __len__(self) -> int:
        return len(self.hashes)


def landmarks(peaks: Constellation, fan: int = RECORDED_FAN) -> Landmarks:
    """Each peak paired with the `fan` strongest of those that follow it within reach."""
    begins = np.searchsorted(peaks.ticks, peaks.ticks + 1)
    ends = np.searchsorted(peaks.ticks, peaks.ticks + MOST_TICKS, side="right")
    found = [
        _pairs(peaks, np.arange(start, min(start + _ANCHORS_AT_ONCE, len(peaks))), begins, ends, fan)
        for start in range(0, max(1, len(peaks)), _ANCHORS_AT_ONCE)
    ]
    return Landmarks(np.concatenate([hashes for hashes, _ in found]), np.concatenate([ticks for _, ticks in found]))


def frequencies(hashes: Hashes) -> Hashes:
    """What of the hashes names the two bins, whatever the time between them."""
    return (hashes >> TIME_BITS).astype(np.uint32)


def spread(starts: Places, counts: Places) -> Places:
    """The ranges `[starts[i], starts[i] + counts[i])` laid end to end."""
    ends = np.cumsum(counts)
    laid: Places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - counts), counts)
    return laid


def _pairs(peaks: Constellation, anchors: Places, begins: Places, ends: Places, fan: int) -> tuple[Hashes, Places]:
    counts = ends[anchors] - begins[anchors]
    targets = spread(begins[anchors], counts)
    anchors = np.repeat(anchors, counts)
    way = peaks.bins[targets] - peaks.bins[anchors]
    near = np.abs(way) <= MOST_BINS
    anchors, targets, way = anchors[near], targets[near], way[near]
    order = np.lexsort((255 - peaks.levels[targets], anchors))
    rank = np.arange(len(anchors)) - np.searchsorted(anchors, anchors)
    kept = order[rank < fan]
    anchors, targets, way = anchors[kept], targets[kept], way[kept]
    between = peaks.ticks[targets] - peaks.ticks[anchors]
    hashes = peaks.bins[anchors] << (WAY_BITS + TIME_BITS) | (way + MOST_BINS) << TIME_BITS | between
    return hashes.astype(np.uint32), peaks.ticks[anchors]
