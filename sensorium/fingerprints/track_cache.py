"""The index of recordings as a cache of the catalogue: loaded, caught up, rebuilt where it cannot be trusted.

It is kept in parts, each of another size: what is new becomes a small part, and parts of like size are merged, so that
a recording is written anew only a few times however large the library grows. Parts on disk are never changed; a small
JSON file names those that count.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection

from sensorium.catalogue import facts, prints
from sensorium.errors import IndexUnreadable

from .constellation import METHOD, Constellation
from .tracks import LAST, Part

log = logging.getLogger(__name__)

PEAKS_AT_ONCE = 1_500_000
"""Peaks of new recordings, some twenty hours of them, that become one part."""
RATIO = 4
"""A part is merged into the one before it unless that is so many times larger."""
DEAD = 0.25
"""Share of recordings that are gone from the library, from which on the index is made anew."""


class TrackCache:
    """The index of one library's recordings. For one thread at a time; what it gives is never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: list[Part] | None = None

    def parts(self, connection: Connection) -> list[Part]:
        """The index, with every committed recording in it, and those gone since as well."""
        return self._follow(connection, self._loaded(connection) if self._parts is None else self._parts)

    def save(self, connection: Connection) -> None:
        """Write to disk what is not there yet, and remove what does not count any more."""
        parts = self.parts(connection)
        if sum(len(part.ids) for part in parts) * (1 - DEAD) > prints.count(connection, METHOD):
            parts = self._follow(connection, [])
        names = [_name(part) for part in parts]
        kept = set(self._named(connection))
        for name, part in zip(names, parts, strict=True):
            if name not in kept:
                part.save(self._folder / name)
        if names != self._named(connection):
            self._note().with_suffix(".tmp").write_text(json.dumps({"library": _id(connection), "parts": names}))
            self._note().with_suffix(".tmp").replace(self._note())
        for path in set(self._folder.glob(f"{METHOD}-*.part")) - {self._folder / name for name in names}:
            with suppress(OSError):  # another process may have it open
                path.unlink()

    def _follow(self, connection: Connection, parts: list[Part]) -> list[Part]:
        last = int(parts[-1].ids[-1]) if parts else 0
        for batch in _batches(prints.stored_after(connection, METHOD, last)):
            parts = _settled([*parts, Part.of(batch)])
        self._parts = parts
        return parts

    def _loaded(self, connection: Connection) -> list[Part]:
        try:
            return [Part.load(self._folder / name) for name in self._named(connection)]
        except IndexUnreadable as error:
            log.warning("%s Rebuilding it from the catalogue.", error)
            return []

    def _named(self, connection: Connection) -> list[str]:
        """The files that count; none where the note is missing or another library's."""
        try:
            note = json.loads(self._note().read_text())
            return [str(name) for name in note["parts"]] if note["library"] == _id(connection) else []
        except (OSError, ValueError, KeyError, TypeError):
            return []

    def _note(self) -> Path:
        return self._folder / f"{METHOD}.json"


def _name(part: Part) -> str:
    """Ids are never used twice, so that equal names hold equal recordings, or fewer where some are gone."""
    return f"{METHOD}-{part.ids[0]}-{part.ids[-1]}-{len(part.ids)}.part"


def _batches(rows: Iterable[prints.Stored]) -> Iterator[list[tuple[int, Constellation]]]:
    batch: list[tuple[int, Constellation]] = []
    peaks = 0
    for row in rows:
        batch.append((row.id, Constellation.unpack(row.data)))
        peaks += len(batch[-1][1])
        if peaks >= PEAKS_AT_ONCE:
            yield batch
            batch, peaks = [], 0
    if batch:
        yield batch


def _settled(parts: list[Part]) -> list[Part]:
    while len(parts) > 1 and RATIO * len(parts[-1].postings) >= len(parts[-2].postings):
        if parts[-2].end + parts[-1].end > LAST:
            break
        parts = [*parts[:-2], parts[-2].and_(parts[-1])]
    return parts


def _id(connection: Connection) -> str:
    return facts.fact(connection, "id") or ""
