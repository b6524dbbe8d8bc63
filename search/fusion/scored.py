"""What a fusion is, and what it makes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sensorium.types import Evidence, Part, Segment

from ..calibrate import Calibrated
from ..probes import Asked


@dataclass(frozen=True, slots=True)
class Scored:
    """An item's score and its evidence, the strongest first. `alike` are the near-duplicates folded into it."""

    item_id: int
    score: float
    evidence: tuple[Evidence, ...]
    alike: tuple[int, ...] = ()


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
    def join(self, found: Sequence[Calibrated], segments: Mapping[int, Segment], parts: Sequence[Part]) -> list[Scored]:
        """The items with their scores, best first; equal ones in the order in which they came into the library.

        `segments` holds those of the matches by id. Matches of segments that it lacks are passed over.
        """


def evidence(look: Calibrated, segment: Segment, *, calibrated: float, contribution: float) -> Evidence:
    """A match as evidence, and what it adds to the score."""
    match = look.match
    return Evidence(match.channel, match.matcher, match.part, segment, match.raw, calibrated, match.rank, contribution)


def added_up(proofs: Iterable[Evidence]) -> list[Scored]:
    """Items by the sum of what their evidence contributes, as `Fusion.join` returns them."""
    of_item: dict[int, list[Evidence]] = defaultdict(list)
    for proof in proofs:
        of_item[proof.segment.item_id].append(proof)
    scored = (_of_item(item_id, own) for item_id, own in of_item.items())
    return sorted(scored, key=lambda one: (-one.score, one.item_id))


def _of_item(item_id: int, proofs: Sequence[Evidence]) -> Scored:
    if len(proofs) == 1:  # most items, and a query has hundreds
        return Scored(item_id, proofs[0].contribution, tuple(proofs))
    ordered = tuple(sorted(proofs, key=lambda one: -abs(one.contribution)))
    return Scored(item_id, sum(one.contribution for one in proofs), ordered)
