"""Near-duplicates fold into the best of them, which says how many more there are.

Two items of one kind are the same to look at when their media are the same files by content, or when both are pictures
that cannot be told apart at a glance, by their perceptual hashes and miniatures. Vectors will not do: the starter tower
gives two photos of lemons, and one of an orange and one of a grapefruit, cosines above 0.98.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sensorium.catalogue.items import Content
from sensorium.fingerprints.pictures import PicturePrint, near_duplicates
from sensorium.types import Kind

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
        contents = scene.library.contents([one.item_id for one in pool])
        pictures = [item_id for item_id, content in contents.items() if content.kind is Kind.PICTURE]
        heads = fold(pool, contents, scene.library.prints.of_items(pictures))
        return Ranked([*heads, *fresh[len(pool) :]])


def fold(pool: Sequence[Scored], contents: Mapping[int, Content], prints: Mapping[int, PicturePrint]) -> list[Scored]:
    """The items that stand for themselves, in their order; the ids of the others stand in the `alike` of one of them.

    `contents` are those of the items that still exist, `prints` those of them that are pictures, by item.
    """
    printed = [one.item_id for one in pool if one.item_id in prints]
    groups = near_duplicates([prints[item_id] for item_id in printed])
    looks = dict(zip(printed, groups, strict=True))
    known = {item_id: content for item_id, content in contents.items() if content.files}
    if len(set(groups)) == len(groups) and len(set(known.values())) == len(known):
        return list(pool)  # as most often: all of them differ
    heads: dict[Content | int, int] = {}
    alike: dict[int, list[int]] = {}
    for one in pool:
        keys = [key for key in (known.get(one.item_id), looks.get(one.item_id)) if key is not None]
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
