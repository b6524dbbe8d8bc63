"""Near-duplicates fold into the best of them, which says how many more there are.

Two items of one kind are the same to look at when their media are the same files by content, or when both are pictures
and lie closer in the picture channel than two different ones do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sensorium.types import Channel, Item, Kind

from ..fuse import Scored
from .stage import Deadline, Ranked, Scene

if TYPE_CHECKING:
    from sensorium.types import Matrix

AHEAD = 50
"""Items looked at beyond those that are shown."""
SAME = 0.98
"""Cosine in the picture channel from which on two pictures are one."""


class Fold:
    """Folds near-duplicates, unless the query wants them all."""

    name = "folding"
    budget_ms = 50.0

    def prepare(self) -> None:
        """There is nothing to load."""

    def wants(self, scene: Scene) -> bool:
        return scene.query.fold

    def rank(self, scored: Sequence[Scored], scene: Scene, _deadline: Deadline) -> Ranked:
        fresh = [one for one in scored if one.item_id not in scene.shown]  # what is shown cannot become more
        pool = fresh[: scene.wanted + AHEAD]
        items = scene.items([one.item_id for one in pool])
        heads = fold(pool, items, _pictures(pool, items, scene))
        return Ranked([*heads, *fresh[len(pool) :]])


def fold(pool: Sequence[Scored], items: Mapping[int, Item], pictures: Mapping[int, Matrix]) -> list[Scored]:
    """The items that stand for themselves, in their order; the ids of the others stand in the `alike` of one of them.

    `pictures` holds the unit vector of each item that is a picture, float32[dimension].
    """
    order: list[int] = []
    alike: dict[int, list[int]] = {}
    by_content: dict[tuple[str, ...], int] = {}
    seen: list[int] = []
    rows: list[Matrix] = []
    for one in pool:
        head = by_content.get(_content(items.get(one.item_id)))
        vector = pictures.get(one.item_id)
        if head is None and vector is not None and rows:
            closest = np.stack(rows) @ vector
            best = int(closest.argmax())
            head = seen[best] if closest[best] >= SAME else None
        if head is not None:
            alike[head].append(one.item_id)
            continue
        order.append(one.item_id)
        alike[one.item_id] = []
        if key := _content(items.get(one.item_id)):
            by_content[key] = one.item_id
        if vector is not None:
            seen.append(one.item_id)
            rows.append(vector)
    of_id = {one.item_id: one for one in pool}
    return [replace(of_id[head], alike=(*of_id[head].alike, *alike[head])) for head in order]


def _content(item: Item | None) -> tuple[str, ...]:
    """What an item's media hold, whatever their order; empty where that is not known."""
    if item is None or not item.media or not all(medium.content for medium in item.media):
        return ()
    return (item.kind, *sorted(medium.content for medium in item.media))


def _pictures(pool: Sequence[Scored], items: Mapping[int, Item], scene: Scene) -> dict[int, Matrix]:
    """The vectors of those items that are pictures and were found by how they look."""
    segments: dict[int, int] = {}
    for one in pool:
        item = items.get(one.item_id)
        if item is not None and item.kind is Kind.PICTURE:
            segments |= {p.segment.id: one.item_id for p in one.evidence if p.segment.channel is Channel.PICTURE}
    if len(segments) < 2:
        return {}
    (space,) = scene.models.spaces_for(Channel.PICTURE)
    ids, vectors = scene.library.vectors_of(space, sorted(segments))
    return {segments[segment_id]: row for segment_id, row in zip(ids.tolist(), vectors, strict=True)}
