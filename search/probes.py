"""What the parts of a query ask of the channels: vectors to look for, and words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from sensorium.types import Channel, Modality, Space
from sensorium.wording import Phrases, Wording

from .recognise import Recalled

if TYPE_CHECKING:
    from sensorium.types import Matrix


@dataclass(frozen=True, slots=True)
class Probe:
    """Vectors to look for in one space. Of several, a segment is worth its best: float32[n, space.dimension].

    `modality` is what the vectors were made of, which decides the background their scores are measured against. Only
    `channels` are asked, all where there are none; of those with words, only segments that hold every one of `phrases`.
    `depicts` is that of `matches.Source`.
    """

    part: int
    modality: Modality
    space: Space
    vectors: Matrix
    channels: tuple[Channel, ...] = ()
    phrases: Phrases = ()
    depicts: float = 0.0


@dataclass(frozen=True, slots=True)
class Words:
    """Words to look for in full text, in `channels` only, or in all that have words."""

    part: int
    wording: Wording
    channels: tuple[Channel, ...] = ()

    @property
    def text(self) -> str:
        return self.wording.plain

    @property
    def phrases(self) -> Phrases:
        return self.wording.phrases


class Later(Sequence[Probe]):
    """Probes that are made when somebody looks at them: words are encoded while full text is searched for them."""

    def __init__(self, make: Callable[[], Iterable[Probe]]) -> None:
        self._make = make
        self._made: tuple[Probe, ...] | None = None

    def _all(self) -> tuple[Probe, ...]:
        if self._made is None:  # no `cached_property`: in Python 3.11 one that waits holds up those of all objects
            self._made = tuple(self._make())
        return self._made

    def __len__(self) -> int:
        return len(self._all())

    @overload
    def __getitem__(self, place: int) -> Probe: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Probe]: ...
    def __getitem__(self, place: int | slice) -> Probe | Sequence[Probe]:
        return self._all()[place]

    def __iter__(self) -> Iterator[Probe]:
        return iter(self._all())


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything one query asks. `notes` say what could not be asked, and why. Whoever looks at `probes` may wait."""

    probes: Sequence[Probe]
    words: tuple[Words, ...]
    notes: tuple[str, ...] = ()
    recalled: tuple[Recalled, ...] = ()

    def only(self, parts: Collection[int]) -> Asked:
        """What the parts of these numbers ask."""
        probes = Later(lambda: (probe for probe in self.probes if probe.part in parts))
        words = tuple(words for words in self.words if words.part in parts)
        recalled = tuple(one for one in self.recalled if one.part in parts)
        return Asked(probes, words, self.notes, recalled)
