"""What a query has found at one depth, before a page of it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sensorium.library import Library
from sensorium.types import Segment, Step

from .fusion import Fused, Scored
from .matches import Calibrated, Span
from .recognise import located

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids


@dataclass(eq=False)
class Found:
    """The whole result as it was `fused`, and what is left of it to be shown.

    `order` int64[n]: the items in the order in which they are shown, without those of earlier pages. `looked` are those
    that stages have looked at again. `chance`: item → how likely nonsense finds one as good. `more` says that a channel
    would have had more to say. `ends` says that the result is a definite set of items.
    """

    library: Library
    matches: Sequence[Calibrated]
    fused: Fused
    order: Ids
    depth: int
    looked: Mapping[int, Scored] = field(default_factory=dict)
    chance: Mapping[int, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    more: bool = False
    steps: Sequence[Step] = ()
    ends: bool = True

    def scored(self, item_ids: Sequence[int]) -> list[Scored]:
        """Items of the result, in the order given, without the evidence of those that nothing has looked at again."""
        rows = np.flatnonzero(np.isin(self.fused.items, item_ids))  # a listed library has a million items
        scores = dict(zip(self.fused.items[rows].tolist(), self.fused.scores[rows].tolist(), strict=True))
        return [self.looked.get(item_id) or Scored(item_id, scores[item_id]) for item_id in item_ids]

    def told(self, scored: Sequence[Scored]) -> list[Scored]:
        """The same with their evidence."""
        bare = [one.item_id for one in scored if not one.evidence]
        evidence = self.fused.evidence(bare, self.segments) if bare else {}
        return [one if one.evidence else replace(one, evidence=evidence[one.item_id]) for one in scored]

    def segments(self, ids: Sequence[int]) -> dict[int, Segment]:
        """By id; recordings that were known again narrowed to where in them the query lies."""
        return located(self.library.segments(ids), self._spans)

    @cached_property
    def _spans(self) -> dict[int, Span]:
        return {segment: span for one in reversed(self.matches) for segment, span in one.matches.spans.items()}
