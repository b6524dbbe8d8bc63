"""Where in a picture, or in a still of a film, words are seen: computed on demand, for one segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sensorium.errors import NotFound, QueryError
from sensorium.library import Library
from sensorium.media.decoded import DECODED_PX
from sensorium.media.reader import MediaReader
from sensorium.models.heat import heat_of
from sensorium.models.model_set import ModelSet
from sensorium.types import PICTURE_CHANNELS, Segment

if TYPE_CHECKING:
    from sensorium.types import Matrix, Pixels


@dataclass(frozen=True, slots=True)
class HeatMap:
    """`heat` float32[h, w], 0…1, a small grid over the whole of `picture`, uint8[height, width, 3].

    1 is where most of the likeness lies; it says nothing of how great that is.
    """

    heat: Matrix
    picture: Pixels


def heat_map(segment_id: int, words: str, *, library: Library, models: ModelSet, media: MediaReader) -> HeatMap:
    """How much each place of a picture or still speaks for the words.

    Raises `NotFound`, `QueryError` for a segment that cannot be seen or for no words, `MediaError` for a file that
    cannot be read any more.
    """
    if not words.strip():
        raise QueryError("A heat map needs the words that are looked for.")
    segment = library.segments([segment_id]).get(segment_id)
    if segment is None:
        raise NotFound("segment", segment_id)
    picture = seen(segment, library, media)
    (towards,) = models.text_encoder_for(models.pictures.space).encode_texts([words])
    heat = heat_of(models.pictures, picture, towards)
    return HeatMap(heat / max(float(heat.max()), 1e-9), picture)


def seen(segment: Segment, library: Library, media: MediaReader) -> Pixels:
    """What a segment shows: a picture or its part, or the still of a film.

    Raises `QueryError` for a segment that cannot be seen, `MediaError` for a file that cannot be read any more.
    """
    if segment.channel not in PICTURE_CHANNELS or segment.medium_id is None:
        raise QueryError(f"Segment {segment.id} is no picture. Heat maps are made of pictures and stills of films.")
    path = library.medium(segment.medium_id).path
    if segment.start_s is not None:
        return media.still(path, segment.start_s, segment.end_s, longer_px=DECODED_PX)
    picture = media.picture(path, shorter_px=DECODED_PX).pixels
    if not segment.boxes:
        return picture
    height, width = picture.shape[:2]
    left, top, right, bottom = segment.boxes[0]
    part: Pixels = picture[int(top * height) : round(bottom * height), int(left * width) : round(right * width)]
    return part
