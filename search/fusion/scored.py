"""What a fusion is, and what it makes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sensorium.types import Evidence, Part, Segment

from ..matches import Calibrated
from ..probes import Asked

if TYPE_CHECKING:
    from sensorium.columns import Mask
    from sensorium.vectors.protocol import Ids

    from ..matches import Floats


@dataclass(frozen=True, slots=True)
class Scored:
    """An item's score and, once that is asked for, its evidence, the strongest first. `alike` are the near-duplicates
    folded into it."""

    item_id: int
    score: float
    evidence: tuple[Evidence, ...] = ()
    alike: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Proofs:
    """What matches add to the scores of their items: those at `places`, int64[k], of one source.

    `calibrated` and `contribution`, float64[k]: what each is worth, and what it adds.
    """

    found: Calibrated
    places: Ids
    calibrated: Floats
    contribution: Floats

    def segment(self, number: int) -> int:
        """The segment of the proof of that number."""
        return int(self.found.matches.segments[self.places[number]])

    def evidence(self, number: int, segments: Mapping[int, Segment]) -> Evidence | None:
        """The proof of that number in words; None where its segment is not among `segments`."""
        matches, place = self.found.matches, int(self.places[number])
        segment = segments.get(self.segment(number))
        if segment is None:
            return None
        source, rank = matches.source, int(matches.ranks[place])
        worth, added = float(self.calibrated[number]), float(self.contribution[number])
        return Evidence(
            source.channel, source.matcher, source.part, segment, float(matches.raw[place]), worth, rank, added
        )


@dataclass(frozen=True, eq=False)
class Fused:
    """Items with their scores, int64[n] and float64[n], best first, and the proofs whose sums the scores are."""

    items: Ids
    scores: Floats
    proofs: tuple[Proofs, ...] = ()

    def __len__(self) -> int:
        return len(self.items)

    def where(self, kept: Mask) -> Fused:
        """Only the items that bool[n] keeps."""
        return self if kept.all() else Fused(self.items[kept], self.scores[kept], self.proofs)

    def without(self, item_ids: Collection[int]) -> Fused:
        return self.where(~np.isin(self.items, list(item_ids))) if item_ids else self

    def only(self, item_ids: Ids) -> Fused:
        return self.where(np.isin(self.items, item_ids))

    def plus(self, proofs: Iterable[Proofs]) -> Fused:
        """With further proofs for some of its items, and anew in order of score."""
        added = tuple(one for one in proofs if len(one.places))
        if not added:
            return self
        rising = np.argsort(self.items)
        scores = self.scores.copy()
        for one in added:
            places = rising[np.searchsorted(self.items, one.found.items[one.places], sorter=rising)]
            np.add.at(scores, places, one.contribution)
        order = np.lexsort((self.items, -scores))
        return Fused(self.items[order], scores[order], (*self.proofs, *added))

    def first(self, count: int) -> Fused:
        """The best `count` items."""
        return Fused(self.items[:count], self.scores[:count], self.proofs)

    def best(self, count: int) -> list[Scored]:
        """Its best items, without their evidence."""
        return list(map(Scored, self.items[:count].tolist(), self.scores[:count].tolist()))

    def evidence(
        self, item_ids: Sequence[int], read: Callable[[Sequence[int]], Mapping[int, Segment]]
    ) -> dict[int, tuple[Evidence, ...]]:
        """What speaks for, or against, those of its items, the strongest first; `read` gives the segments by id."""
        found: dict[int, list[Evidence]] = {item_id: [] for item_id in item_ids}
        held = list(self._proofs_of(item_ids))
        segments = read(sorted({proofs.segment(number) for proofs, number, _ in held}))
        for proofs, number, owner in held:
            told = proofs.evidence(number, segments)
            if told is not None:
                found[owner].append(told)
        return {item_id: tuple(sorted(own, key=lambda one: -abs(one.contribution))) for item_id, own in found.items()}

    def _proofs_of(self, item_ids: Sequence[int]) -> Iterable[tuple[Proofs, int, int]]:
        """(proofs, number of one in them, its item)."""
        owners, ends = self._owners
        held = np.flatnonzero(np.isin(owners, item_ids))
        blocks = np.searchsorted(ends, held, side="right")
        starts = np.concatenate([[0], ends])[blocks]
        for block, number, owner in zip(blocks.tolist(), (held - starts).tolist(), owners[held].tolist(), strict=True):
            yield self.proofs[block], number, owner

    @cached_property
    def _owners(self) -> tuple[Ids, Ids]:
        """The item of every proof, and where those of each source end: int64[all proofs], int64[sources]."""
        owners = [one.found.items[one.places] for one in self.proofs]
        ends = np.cumsum([len(one) for one in owners]).astype(np.int64)
        return np.concatenate([np.empty(0, np.int64), *owners]), ends


class Fusion(ABC):
    """Joins what the channels found. A score is the sum of its evidence's contributions, higher is better.

    Only fusions that reckon in decades (`discounted`, `attention`) give scores that say how sure a hit is; of the
    others only the order counts, and what second looks and weak negatives add or take weighs more.
    """

    def asks(self, asked: Asked, parts: Sequence[Part]) -> Asked:
        """What the channels are asked for a query of these parts: as it was understood, or joined beforehand."""
        del parts
        return asked

    @abstractmethod
    def join(self, found: Sequence[Calibrated], parts: Sequence[Part]) -> Fused:
        """The items with their scores, best first; equal ones in the order in which they came into the library."""


def added_up(proofs: Iterable[Proofs]) -> Fused:
    """Items by the sum of what their proofs contribute, as `Fusion.join` returns them."""
    kept = tuple(one for one in proofs if len(one.places))
    if not kept:
        return Fused(np.empty(0, np.int64), np.empty(0, np.float64))
    owners = np.concatenate([one.found.items[one.places] for one in kept])
    items, rows = np.unique(owners, return_inverse=True)
    scores = np.zeros(len(items))
    np.add.at(scores, rows, np.concatenate([one.contribution for one in kept]))
    order = np.argsort(-scores, kind="stable")  # items rise: equal ones stay as they came
    return Fused(items[order], scores[order], kept)
