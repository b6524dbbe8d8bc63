"""A list that lies on disk, for things that are written once and then read in order."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class DiskList(Generic[T]):
    """Things that pickle, in the order in which they were added; memory does not grow with their number.

    The file has no name, and goes with the spool.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the spool
        self._count = 0

    def add(self, thing: T) -> None:
        pickle.dump(thing, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        self._file.seek(0)
        for _ in range(self._count):
            yield pickle.load(self._file)  # our own file, written a moment ago
