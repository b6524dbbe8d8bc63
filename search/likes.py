"""An item of the library as an example: asked by the vectors of its own segments, so that nothing is decoded again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sensorium.errors import QueryError
from sensorium.library import Library
from sensorium.models.model_set import ModelSet
from sensorium.types import PICTURE_CHANNELS, Channel, Modality, Part, Segment

from .probes import Probe

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 8
"""Segments of a channel that an item is asked by, evenly spread over those it has."""
_MODALITIES = {**dict.fromkeys(PICTURE_CHANNELS, Modality.PICTURE), Channel.SOUND: Modality.SOUND}


def like_probes(number: int, part: Part, library: Library, models: ModelSet) -> list[Probe]:
    """The item of a part as probes, a channel at a time.

    Its name is asked only where it has nothing else to say. Raises `NotFound`, and `QueryError` for an item without
    vectors.
    """
    assert part.like is not None
    item = library.item(part.like)
    by_channel: dict[Channel, list[Segment]] = {}
    for segment in library.segments_of_item(item.id):
        by_channel.setdefault(segment.channel, []).append(segment)
    names = by_channel.pop(Channel.NAME, [])
    probes = [probe for held in by_channel.values() for probe in _probes(number, part, held, library, models)]
    probes = probes or list(_probes(number, part, names, library, models))
    if not probes:
        raise QueryError(f"Item {item.id} ({item.title!r}) has nothing that others could be compared with.")
    return probes


def _probes(
    number: int, part: Part, segments: Sequence[Segment], library: Library, models: ModelSet
) -> Iterator[Probe]:
    if not segments:
        return
    channel = segments[0].channel
    places = np.linspace(0, len(segments) - 1, min(MOST, len(segments))).round().astype(int)
    ids = [segments[place].id for place in places]
    for space in models.spaces_for(channel):
        _, vectors = library.vectors_of(space, ids)
        if len(vectors):
            yield Probe(number, _MODALITIES.get(channel, Modality.TEXT), space, vectors, part.channels)
