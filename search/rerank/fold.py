"""Near-duplicates fold into the best of them, which says how many more there are.

Two items of one kind are the same to look at when their media are the same files by content, or when both are pictures
that cannot be told apart at a glance, by their perceptual hashes and miniatures. Vectors will not do: the starter tower
gives two photos of lemons, and one of an orange and one of a grapefruit, cosines above 0.98.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sensorium.fingerprints.pictures import PicturePrint, near_duplicates
from sensorium.types import Item, Kind

from ..fusion import Scored
from .stage import Deadline, Ranked, Scene

AHEAD = 50
"""Items looked at beyond those that are shown."""


class Fold:
    """Folds near-duplicates, unless the query wants them all."""

    name = "folding"
    budget_ms = 50.0

    def prepare(self) -> None:
        """There is nothing to load."""

    def wants(self, scene: Scene) -> bool:
        return scene.query.fold

    def reach(self, scene: Scene) -> int:
        return scene.wanted + AHEAD + len(scene.shown)

    def rank(self, scored: Sequence[Scored], scene: Scene, _deadline: Deadline) -> Ranked:
        fresh = [one for one in scored if one.item_id not in scene.shown]  # what is shown cannot become more
        pool = fresh[: scene.wanted + AHEAD]
        items = scene.items([one.item_id for one in pool])
        pictures = [item_id for item_id, item in items.items() if item.kind is Kind.PICTURE]
        heads = fold(pool, items, scene.library.prints.of_items(pictures))
        return Ranked([*heads, *fresh[len(pool) :]])


def fold(pool: Sequence[Scored], items: Mapping[int, Item], prints: Mapping[int, PicturePrint]) -> list[Scored]:
    """The items that stand for themselves, in their order; the ids of the others stand in the `alike` of one of them.

    `prints` are those of the items that are pictures, by item.
    """
    printed = [one.item_id for one in pool if one.item_id in prints]
    groups = near_duplicates([prints[item_id] for item_id in printed])
    looks = dict(zip(printed, groups, strict=True))
    heads: dict[tuple[str, ...] | int, int] = {}
    alike: dict[int, list[int]] = {}
    for one in pool:
        keys = [key for key in (_content(items.get(one.item_id)), looks.get(one.item_id)) if key not in ((), None)]
        head = next((heads[key] for key in keys if key in heads), one.item_id)
        for key in keys:
            heads.setdefault(key, head)
        if head == one.item_id:
            alike[head] = []
        else:
            alike[head].append(one.item_id)
    of_id = {one.item_id: one for one in pool}
    return [
        replace(of_id[head], alike=(*of_id[head].alike, *others)) if others else of_id[head]
        for head, others in alike.items()
    ]


def _content(item: Item | None) -> tuple[str, ...]:
    """What an item's media hold, whatever their order; empty where that is not known."""
    if item is None or not item.media or not all(medium.content for medium in item.media):
        return ()
    return (item.kind, *sorted(medium.content for medium in item.media))
