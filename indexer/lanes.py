"""Contents on their way through the models: pictures, texts and sounds wait in lanes of their own for a full batch.

Every distinct content is encoded once, and none that the catalogue has the vector of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from sensorium.media.decoded import Frame
from sensorium.models.looks import by_space, encode_whole, picture_spaces
from sensorium.models.model_set import ModelSet
from sensorium.types import PICTURE_CHANNELS, Channel, Space

from .outcome import Outcome
from .segment import Prepared

if TYPE_CHECKING:
    from sensorium.types import Matrix, Pixels

Held = Callable[[Space, Sequence[str]], set[str]]
"""Those of the keys that the catalogue has vectors of in a space."""

UNPACKING_THREADS = 4
SHARE = 4
"""Outcomes enter the lanes once they are so many parts of a batch."""
REMEMBERED = 1 << 14
"""Keys encoded last, which may not be in the catalogue yet; far more than ever wait to be written."""

TEXT_BATCHES = 4
"""Batches of texts that wait for one another: among more texts there are more of equal length, and less is padded."""
WINDOWS = 8
"""A span of sound is heard in about so many windows; a batch of spans should be no more work than one of pictures."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """New vectors of one space: row i of `vectors`, float32[n, space.dimension], belongs to `keys[i]`."""

    space: Space
    keys: tuple[str, ...]
    vectors: Matrix


@dataclass(slots=True, eq=False)
class _Waiting:
    """A unit's outcome, and how many of its contents are not encoded yet."""

    outcome: Outcome
    missing: int = 0


@dataclass(slots=True, eq=False)
class _Lane:
    """Contents for one encoder, in the order in which they came, and who waits for each."""

    spaces: tuple[Space, ...]
    encode: Callable[[Sequence[Any]], Matrix]
    """A row for each content: its vectors in all spaces, side by side."""
    size: int
    wanted: Callable[[Prepared], Mapping[str, Any]]
    contents: dict[str, Any] = field(default_factory=dict)
    waiting: dict[str, list[_Waiting]] = field(default_factory=dict)
    recent: dict[str, None] = field(default_factory=dict)

    def remember(self, keys: Sequence[str]) -> None:
        self.recent.update(dict.fromkeys(keys))
        for key in list(islice(self.recent, max(0, len(self.recent) - REMEMBERED))):
            del self.recent[key]


class Lanes:
    """Takes outcomes in, gives vectors out, and the outcomes that lack none any more. For one thread."""

    def __init__(self, models: ModelSet, held: Held, batch_size: int) -> None:
        self._lanes = list(_lanes(models, batch_size))
        self._held = held
        self._room = batch_size
        self._arrived: list[Outcome] = []
        self._finished: list[Outcome] = []

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Let outcomes wait for their contents to be encoded."""
        self._arrived += outcomes

    def _enter_all(self) -> None:
        """Let those that have arrived take their places in the lanes: many at once, to ask the catalogue once."""
        waiting, self._arrived = [_Waiting(outcome) for outcome in self._arrived], []
        for lane in self._lanes:
            self._enter(lane, waiting)
        for each in waiting:
            each.outcome = each.outcome.without_contents()  # those live in the lanes, until they are encoded
        self._finished += [each.outcome for each in waiting if not each.missing]

    def _enter(self, lane: _Lane, arrived: Sequence[_Waiting]) -> None:
        wanted = {id(each): lane.wanted(each.outcome.prepared) for each in arrived if each.outcome.prepared is not None}
        keys = [key for key in {key for contents in wanted.values() for key in contents} if key not in lane.recent]
        held = set.intersection(*(self._held(space, keys) for space in lane.spaces)) if keys else set()
        for each in arrived:
            for key, content in wanted.get(id(each), {}).items():
                if key in held or key in lane.recent:
                    continue
                lane.contents.setdefault(key, content)
                lane.waiting.setdefault(key, []).append(each)
                each.missing += 1

    def run(self, *, rest: bool) -> Iterator[tuple[list[Encoded], list[Outcome]]]:
        """Encode full batches, with `rest` what is left as well; gives new vectors and the outcomes they complete."""
        if rest or sum(outcome.weight for outcome in self._arrived) >= self._room // SHARE:
            self._enter_all()
        for lane in self._lanes:
            while len(lane.contents) >= lane.size or (rest and lane.contents):
                encoded = self._encode(lane)
                yield encoded, self._take_finished()
        if len(self._finished) >= self._room or (rest and self._finished):
            yield [], self._take_finished()

    def _encode(self, lane: _Lane) -> list[Encoded]:
        keys = tuple(islice(lane.contents, lane.size))
        vectors = lane.encode([lane.contents.pop(key) for key in keys])
        lane.remember(keys)
        for key in keys:
            for each in lane.waiting.pop(key):
                each.missing -= 1
                if not each.missing:
                    self._finished.append(each.outcome)
        return [Encoded(space, keys, part) for space, part in by_space(vectors, lane.spaces)]

    def _take_finished(self) -> list[Outcome]:
        finished, self._finished = self._finished, []
        return finished


def _lanes(models: ModelSet, batch_size: int) -> Iterable[_Lane]:
    pictures = models.pictures

    def encode_pictures(contents: Sequence[Pixels | Frame]) -> Matrix:
        return encode_whole(pictures, _unpacked(contents))

    yield _Lane(picture_spaces(pictures), encode_pictures, batch_size, lambda prepared: prepared.pixels)
    for space in models.spaces_for(Channel.TEXT):
        encoder = models.text_encoder_for(space)
        yield _Lane((space,), encoder.encode_texts, TEXT_BATCHES * batch_size, _texts)
    sound = models.sound
    if sound is not None:
        size = max(1, batch_size // WINDOWS)
        yield _Lane((sound.space,), sound.encode_sounds, size, lambda prepared: prepared.sounds)


def _texts(prepared: Prepared) -> dict[str, str]:
    return {
        segment.key: segment.text
        for segment in prepared.draft.segments
        if segment.key and segment.channel not in PICTURE_CHANNELS and segment.text
    }


def _unpacked(contents: Sequence[Pixels | Frame]) -> list[Pixels]:
    if not any(isinstance(content, Frame) for content in contents):
        return [content for content in contents if not isinstance(content, Frame)]
    with ThreadPoolExecutor(UNPACKING_THREADS) as threads:  # Pillow lets go of the interpreter meanwhile
        return list(threads.map(lambda content: content.pixels if isinstance(content, Frame) else content, contents))
