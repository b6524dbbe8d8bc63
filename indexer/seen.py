"""A set of names that takes a few dozen bytes for each, however long they are."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b


class Seen:
    """Which names have been seen. Names are kept as 64-bit hashes: of a million, two are taken for one another with a
    chance of one in forty million.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._hashes: set[int] = set()
        for name in names:
            self.add(name)

    def add(self, name: str) -> bool:
        """Whether the name is new."""
        before = len(self._hashes)
        self._hashes.add(_hash(name))
        return len(self._hashes) > before

    def __contains__(self, name: str) -> bool:
        return _hash(name) in self._hashes

    def __len__(self) -> int:
        return len(self._hashes)


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(errors="surrogateescape"), digest_size=8).digest(), "little")
