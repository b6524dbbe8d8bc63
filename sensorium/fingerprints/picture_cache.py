"""The bits of a library's pictures in memory, as a cache of the catalogue: 16 bytes a picture."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection

from sensorium.catalogue import facts, prints

from .pictures import METHOD, bits_of

if TYPE_CHECKING:
    from .pictures import Bits

DEAD = 0.25
"""Share of pictures that are gone from the library, from which on the bits are read anew."""


class PictureCache:
    """Ids and bits of one library's pictures. For one thread at a time; what it gives is never changed."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{METHOD}.npz"
        self._held: Bits | None = None
        self._saved = 0

    def bits(self, connection: Connection) -> Bits:
        """uint64[2, n]: ids of all prints, rising, and their bits; those gone since as well."""
        return self._follow(connection, self._loaded(connection) if self._held is None else self._held)

    def save(self, connection: Connection) -> None:
        """Write to disk what has changed."""
        held = self.bits(connection)
        if held.shape[1] * (1 - DEAD) > prints.count(connection, METHOD):
            held = self._follow(connection, _nothing())
        if held.shape[1] != self._saved:
            temporary = self._path.with_suffix(".tmp")
            with temporary.open("wb") as file:
                np.savez(file, library=np.array(_id(connection)), held=held)
            temporary.replace(self._path)
            self._saved = held.shape[1]

    def _follow(self, connection: Connection, held: Bits) -> Bits:
        last = int(held[0, -1]) if held.shape[1] else 0
        rows = [(row.id, bits_of(row.data)) for row in prints.stored_after(connection, METHOD, last)]
        if rows:
            held = np.hstack([held, np.array(rows, np.uint64).T])
        self._held = held
        return held

    def _loaded(self, connection: Connection) -> Bits:
        """What is on disk; nothing where there is nothing that belongs to this library."""
        try:
            with np.load(self._path, allow_pickle=False) as file:
                held: Bits = file["held"]
                if str(file["library"]) != _id(connection) or held.dtype != np.uint64 or held.shape[0] != 2:
                    return _nothing()
        except (OSError, ValueError, KeyError, EOFError, IndexError, zipfile.BadZipFile):
            return _nothing()
        self._saved = held.shape[1]
        return held


def _nothing() -> Bits:
    return np.empty((2, 0), np.uint64)


def _id(connection: Connection) -> str:
    return facts.fact(connection, "id") or ""
