"""What a library knows again: the recordings and pictures that a sound or a picture is a copy or an excerpt of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from sensorium.catalogue import prints
from sensorium.catalogue.kept import Kept
from sensorium.types import Channel

from .alignment import align
from .constellation import Constellation
from .picture_cache import PictureCache
from .pictures import METHOD as PICTURE_METHOD
from .pictures import NEAR, PicturePrint, likeness, nearest
from .track_cache import TrackCache

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids

_LOOKED_AT = 500
KEPT_LOOKS = 20_000
"""Prints of pictures kept in memory by item, of a hundred bytes each."""


@dataclass(frozen=True, slots=True)
class KnownTrack:
    """A segment whose recording is the sound's own, by `decades` beyond chance; `offset_s` is where in it the sound
    begins, below 0 where the sound begins first.
    """

    segment_id: int
    decades: float
    offset_s: float


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """A segment whose picture is the one asked for, or nearly; see `pictures.SAME` and `pictures.NEAR`."""

    segment_id: int
    likeness: float


class Prints:
    """The prints of one library. Threads may share one."""

    def __init__(self, folder: Path, reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._reading = reading
        self._tracks = TrackCache(folder)
        self._pictures = PictureCache(folder)
        self._looks = Kept(_looks, most=KEPT_LOOKS)
        self._lock = threading.Lock()

    def tracks(self, asked: Constellation, *, allowed: Ids | None = None) -> list[KnownTrack]:
        """Recordings that agree with a sound better than chance, best first; `allowed` keeps only these segments."""
        kept = None if allowed is None else frozenset(allowed.tolist())
        with self._reading() as connection:
            with self._lock:
                parts = self._tracks.parts(connection)
            found = align(asked, parts)
            stored = prints.stored(connection, [alignment.id for alignment in found])
            holders = _holders(connection, stored.values(), Channel.TRACK, kept)
        return [
            KnownTrack(segment_id, alignment.decades, alignment.offset_s)
            for alignment in found
            if alignment.id in stored
            for segment_id in holders.get(stored[alignment.id].key, ())
        ]

    def pictures(
        self, asked: PicturePrint, channel: Channel, limit: int, *, allowed: Ids | None = None
    ) -> list[KnownPicture]:
        """A channel's segments with nearly the same picture, `limit` and more if there are, the likest first."""
        kept = None if allowed is None else frozenset(allowed.tolist())
        found: list[KnownPicture] = []
        with self._reading() as connection:
            with self._lock:
                ids, bits = self._pictures.bits(connection)
            near = ids[nearest(bits, asked.bits)].tolist()
            for start in range(0, len(near), _LOOKED_AT):
                stored = prints.stored(connection, near[start : start + _LOOKED_AT]).values()
                alike = {one.key: likeness(asked, PicturePrint.unpack(one.data)) for one in stored}
                like = [one for one in stored if alike[one.key] >= NEAR]
                for key, segment_ids in _holders(connection, like, channel, kept).items():
                    found += [KnownPicture(segment_id, alike[key]) for segment_id in segment_ids]
                if len(found) >= limit:
                    break
        return sorted(found, key=lambda one: (-one.likeness, one.segment_id))

    def of_items(self, item_ids: Sequence[int]) -> dict[int, PicturePrint]:
        """Item id → print of its first picture, of those that have one; see `pictures.near_duplicates`."""
        with self._reading() as connection:
            return self._looks.get(connection, item_ids)

    def save(self) -> None:
        """Write the indexes to disk, caught up."""
        with self._lock, self._reading() as connection:
            self._tracks.save(connection)
            self._pictures.save(connection)


def _looks(connection: Connection, item_ids: Sequence[int]) -> dict[int, PicturePrint]:
    packed = prints.of_items(connection, PICTURE_METHOD, Channel.PICTURE, item_ids)
    return {item_id: PicturePrint.unpack(data) for item_id, data in packed.items()}


def _holders(
    connection: Connection, stored: Iterable[prints.Stored], channel: Channel, kept: frozenset[int] | None
) -> dict[str, list[int]]:
    """Key → the channel's segments that have it, of those that are kept."""
    held = prints.holders(connection, [one.key for one in stored], channel)
    if kept is None:
        return held
    return {key: [segment_id for segment_id in ids if segment_id in kept] for key, ids in held.items()}
