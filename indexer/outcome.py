"""What became of one unit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sensorium.catalogue.drafts import Failure, FetchRecord, Refusal

from .segment import Prepared

TEXT = 0.2
"""What a text weighs; it is less. Several batches of them may wait: an encoder that is done finds the next one full."""


@dataclass(frozen=True, slots=True)
class FetchNote:
    """What is to be noted of an address: what it gave, that it is `unchanged`, how many items it takes along; of a
    product's picture that it did not come (`refusal`), or that it has (`answered`)."""

    url: str
    record: FetchRecord | None = None
    unchanged: bool = False
    removed: int = 0
    refusal: Refusal | None = None
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """An item ready to be encoded, and what could not be read on the way.

    `known` where its content was, so that nothing was decoded. `notes` are those of its addresses.
    """

    prepared: Prepared | None
    failures: tuple[Failure, ...] = ()
    known: bool = False
    notes: tuple[FetchNote, ...] = ()

    def without_contents(self) -> Outcome:
        """The same, holding no pictures and sounds in memory."""
        return replace(self, prepared=None if self.prepared is None else Prepared(self.prepared.draft))

    @property
    def weight(self) -> float:
        """How much it holds in memory, in pictures, roughly."""
        if self.prepared is None:
            return 1
        pictures = len(self.prepared.pixels) + len(self.prepared.sounds)
        return max(pictures, TEXT * max(1, len(self.prepared.draft.segments)))
