"""How alike the found items are, by the vectors of what matched in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sensorium.types import PICTURE_CHANNELS, Segment, Space

from ..fusion import Scored
from .stage import Scene

if TYPE_CHECKING:
    import numpy.typing as npt


def likeness(scored: Sequence[Scored], scene: Scene) -> npt.NDArray[np.float64]:
    """float64[n, n], 0…1: the cosine of two items' strongest segments of one space, 0 where they share none."""
    alike = np.zeros((len(scored), len(scored)))
    places: dict[Space, dict[int, int]] = defaultdict(dict)  # space → place in the list → segment
    for place, one in enumerate(scored):
        for segment in _segments(one):
            for space in scene.models.spaces_for(segment.channel):
                places[space].setdefault(place, segment.id)
    for space, held in places.items():
        ids, vectors = scene.library.vectors_of(space, sorted(set(held.values())))
        rows = {segment_id: row for row, segment_id in enumerate(ids.tolist())}
        known = [(place, rows[segment_id]) for place, segment_id in held.items() if segment_id in rows]
        if known:
            at = np.array([place for place, _ in known])
            matrix = vectors[[row for _, row in known]]
            alike[np.ix_(at, at)] = np.maximum(alike[np.ix_(at, at)], matrix @ matrix.T)
    np.clip(alike, 0.0, 1.0, out=alike)
    return alike


def _segments(one: Scored) -> list[Segment]:
    """What matched in an item, the strongest first; without parts of pictures: equal skies make no equal photos."""
    matched = (proof.segment for proof in one.evidence if proof.contribution > 0)
    return [segment for segment in matched if not (segment.channel in PICTURE_CHANNELS and segment.boxes)]
