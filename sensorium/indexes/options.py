"""What may be said about the indexes of a library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sensorium.vectors.effort import RECALL
from sensorium.vectors.recipes import FLAT, FLAT_BELOW, choose

if TYPE_CHECKING:
    from sensorium.settings import Settings

_STAYS = 0.5
"""A trained index stays one until it has shrunk to this share of what made it one: no to and fro at the border."""


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """`kind` is a registered name or `auto`; `recall` what a trained index is tuned to find of the nearest.

    `flat_below` is how many vectors `auto` keeps flat; `measured` whether a sample of queries is asked again exactly.
    """

    kind: str = "auto"
    recall: float = RECALL
    flat_below: int = FLAT_BELOW
    measured: bool = True

    @classmethod
    def from_settings(cls, settings: Settings) -> IndexOptions:
        return cls(settings.vector_index, settings.index_recall, measured=settings.measure)

    def kind_for(self, count: int, held: str | None) -> str:
        """The kind for so many vectors, where the index is of the kind `held` now."""
        if self.kind == "auto" and held not in (None, FLAT) and count >= _STAYS * self.flat_below:
            return str(held)
        return choose(self.kind, count, flat_below=self.flat_below)
