"""A set of names that takes twelve to thirty bytes for each, however long they are."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from hashlib import blake2b

_FIRST_ROOM = 1 << 10
_FREE = 0


class Seen:
    """Which names have been seen. Names are kept as 64-bit hashes: of a million, two are taken for one another with a
    chance of one in forty million.

    A hash lies in the first free place from the one that its lowest bits name (open addressing; Knuth, The Art of
    Computer Programming, 6.4). A `set` of numbers takes three times the memory, for as long as the run lasts.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._places = _places(_FIRST_ROOM)
        self._count = 0
        for name in names:
            self.add(name)

    def add(self, name: str) -> bool:
        """Whether the name is new."""
        value = _hash(name)
        place = _place(self._places, value)
        if self._places[place] != _FREE:
            return False
        self._places[place] = value
        self._count += 1
        if 3 * self._count > 2 * len(self._places):
            self._grow()
        return True

    def __contains__(self, name: str) -> bool:
        return self._places[_place(self._places, _hash(name))] != _FREE

    def __len__(self) -> int:
        return self._count

    def _grow(self) -> None:
        wider = _places(2 * len(self._places))
        for value in self._places:
            if value != _FREE:
                wider[_place(wider, value)] = value
        self._places = wider


def _places(room: int) -> array[int]:
    """`room` is a power of two."""
    return array("Q", [_FREE]) * room


def _place(places: array[int], value: int) -> int:
    """Where the value is, or where it would be."""
    last = len(places) - 1
    place = value & last
    while places[place] not in (value, _FREE):
        place = (place + 1) & last
    return place


def _hash(name: str) -> int:
    value = int.from_bytes(blake2b(name.encode(errors="surrogateescape"), digest_size=8).digest(), "little")
    return value or 1  # 0 stands for a free place
