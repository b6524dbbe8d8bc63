"""Finds the recordings that a sound is an excerpt of, and where in them.

Where a recording and an excerpt agree, the ticks of their equal landmarks differ by one offset: they lie on one
diagonal. The diagonals with most agreements are looked at closely, recording by recording, and a recording is worth
what the best of its diagonals has beyond what the two sounds share at any offset. Counted are distinct pairs of
frequencies: a hum, which agrees with every other hum again and again, agrees once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .chance import decades
from .constellation import TICK_S, Constellation
from .landmarks import ASKED_FAN, Landmarks, frequencies, landmarks, spread
from .tracks import Part

if TYPE_CHECKING:
    import numpy.typing as npt

    from .landmarks import Hashes, Places

MOST_POSTINGS = 3_000_000
"""Agreements looked at for one query: in a large library, those of the rarest hashes. Bounds time and memory."""
DIAGONALS = 64
"""Diagonals, the fullest, whose recordings are looked at closely."""
CANDIDATES = 16
"""Recordings that are looked at closely, at most."""
LEAST_AGREEING = 3
OFFSETS = 4
"""Offsets of one recording that are looked at closely."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """A recording, and the second of it at which the sound begins; below 0 where it begins before the recording.

    `decades` are those by which they agree better than chance would have two sounds like these, `agreeing` the
    distinct pairs of frequencies that they share there.
    """

    id: int
    offset_s: float
    decades: float
    agreeing: int


@dataclass(frozen=True, slots=True, eq=False)
class _Agreements:
    """Equal landmarks of a query and a part: where in the part, in the query, and their pairs of frequencies."""

    postings: Hashes
    ticks: Places
    pairs: Hashes

    @property
    def diagonals(self) -> Hashes:
        """Modulo 2^32: below 0 wraps around, which keeps neighbours neighbours."""
        return self.postings - self.ticks.astype(np.uint32)


def align(asked: Constellation, parts: Iterable[Part]) -> list[Alignment]:
    """The recordings that agree with a sound better than chance, best first."""
    wanted = landmarks(asked, ASKED_FAN)
    length = int(asked.ticks[-1]) + 1 if len(asked) else 0
    found = [alignment for part in parts for alignment in _align(wanted, length, part)]
    return sorted(found, key=lambda alignment: (-alignment.decades, alignment.id))


def _align(wanted: Landmarks, length: int, part: Part) -> Iterator[Alignment]:
    agreements = _agreements(wanted, part)
    diagonals = agreements.diagonals
    for place in _candidates(agreements, diagonals, part):
        start, ticks = int(part.starts[place]), int(part.lengths[place])
        mine = (agreements.postings >= start) & (agreements.postings < start + ticks)
        offsets = (diagonals[mine] - np.uint32(start)).astype(np.int32).astype(np.int64)
        offset, score, agreeing = _best(offsets, agreements.pairs[mine], length + ticks)
        if score > 0:
            yield Alignment(int(part.ids[place]), offset * TICK_S, score, agreeing)


def _agreements(wanted: Landmarks, part: Part) -> _Agreements:
    starts, counts = part.find(wanted.hashes)
    if counts.sum() > MOST_POSTINGS:
        rarest = np.argsort(counts, kind="stable")
        kept = np.sort(rarest[np.cumsum(counts[rarest]) <= MOST_POSTINGS])
        wanted, starts, counts = Landmarks(wanted.hashes[kept], wanted.ticks[kept]), starts[kept], counts[kept]
    return _Agreements(
        part.postings[spread(starts, counts)],
        np.repeat(wanted.ticks, counts),
        np.repeat(frequencies(wanted.hashes), counts),
    )


def _candidates(agreements: _Agreements, diagonals: Hashes, part: Part) -> list[int]:
    """Places in `part` of the recordings that the fullest diagonals run through."""
    distinct, full = _fullness(diagonals)
    places: dict[int, None] = {}
    for line in distinct[np.argsort(-full, kind="stable")[:DIAGONALS]].tolist():
        on = diagonals - np.uint32((line - 1) % (1 << 32)) <= 2  # of unsigned numbers: at most one beside it
        runs, agreeing = np.unique(np.searchsorted(part.starts, agreements.postings[on], "right"), return_counts=True)
        places |= dict.fromkeys((runs[agreeing >= LEAST_AGREEING] - 1).tolist())
        if len(places) >= CANDIDATES:
            break
    return list(places)[:CANDIDATES]


def _fullness(diagonals: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Places]:
    """The distinct diagonals, rising, and how many agreements lie on each or right beside it.

    An excerpt seldom begins where a tick does, so that its agreements fall on two diagonals.
    """
    ordered = np.sort(diagonals)
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)])
    distinct, counts = ordered[first], np.diff(first, append=len(ordered))
    full = counts.copy()
    beside = np.flatnonzero(distinct[1:] - distinct[:-1] == 1)
    full[beside] += counts[beside + 1]
    full[beside + 1] += counts[beside]
    return distinct, full


def _best(offsets: Places, pairs: Hashes, tries: int) -> tuple[float, float, int]:
    """The offset in ticks that beats chance by most, by how many decades, and the distinct pairs that agree there."""
    distinct = np.unique(offsets << 32 | pairs)
    lines, names = distinct >> 32, distinct & 0xFFFFFFFF
    expected = 3 * len(distinct) / tries  # three ticks are one offset
    candidates, full = _fullness(lines)
    best = (0.0, 0.0, 0)
    for line in candidates[np.argsort(-full, kind="stable")[:OFFSETS]]:
        on = np.abs(lines - line) <= 1
        agreeing = len(np.unique(names[on]))
        best = max(best, (decades(agreeing, expected, tries), float(np.mean(lines[on])), agreeing))
    return best[1], best[0], best[2]
