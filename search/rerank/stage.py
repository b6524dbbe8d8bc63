"""What a stage is, and what it may look at."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.models.model_set import ModelSet
from sensorium.types import Item, Query

from ..fusion import Scored
from ..probes import Asked


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a stage may look at.

    `told` adds the evidence to what has none yet. `shown` are the items on earlier pages, which stay in the list that
    it ranks; `wanted` is how many more will be looked at.
    """

    query: Query
    asked: Asked
    library: Library
    models: ModelSet
    media: MediaReader
    told: Callable[[Sequence[Scored]], list[Scored]]
    wanted: int
    shown: frozenset[int] = frozenset()
    _items: dict[int, Item] = field(default_factory=dict)

    def items(self, ids: Sequence[int]) -> dict[int, Item]:
        """The items that still exist among `ids`, by id, each read once."""
        missing = [item_id for item_id in ids if item_id not in self._items]
        if missing:
            self._items.update(self.library.items(missing))
        return {item_id: self._items[item_id] for item_id in ids if item_id in self._items}


class Deadline:
    """A moment by which a stage should be done."""

    def __init__(self, seconds: float) -> None:
        self._end = time.perf_counter() + seconds

    @property
    def left_s(self) -> float:
        """Seconds left; negative when it has passed."""
        return self._end - time.perf_counter()


@dataclass(frozen=True, slots=True)
class Ranked:
    """What a stage makes of a list: the same items in its own order. `note` says what it did not get done, and why."""

    scored: list[Scored]
    note: str = ""


class Stage(Protocol):
    """Looks again at the best of what was found.

    It is given items without their evidence, unless a stage before it asked for that (`Scene.told`). A stage may
    change the order, add evidence (a score stays the sum of its evidence) and fold items into others. It neither adds
    items nor drops any but those in `shown`. One that cannot be done by its deadline does what it can, and says so.
    """

    @property
    def name(self) -> str: ...

    @property
    def budget_ms(self) -> float:
        """The time it may take, of what the stages before it have left over."""
        ...

    def prepare(self) -> None:
        """Load what ranking would wait for. What this takes counts against no budget."""
        ...

    def wants(self, scene: Scene) -> bool:
        """Whether it has anything to do for this query."""
        ...

    def reach(self, scene: Scene) -> int:
        """How many of the first items it may look at: it is given no others."""
        ...

    def rank(self, scored: Sequence[Scored], scene: Scene, deadline: Deadline, /) -> Ranked: ...
