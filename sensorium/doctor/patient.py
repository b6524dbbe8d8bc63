"""A library as its doctor sees it: the bare database beside what is built on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection, Engine, text

from sensorium.catalogue import facts, follow
from sensorium.library import Library
from sensorium.storage import plain_errors
from sensorium.types import Channel, Space

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids


class Patient:
    """Reads and, in `changing`, writes."""

    def __init__(self, library: Library, engine: Engine) -> None:
        self.library = library
        self._engine = engine

    @property
    def folder(self) -> Path:
        return self.library.folder

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with plain_errors(self.folder), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """One transaction. Only while the library's lock is held."""
        with plain_errors(self.folder), self._engine.begin() as connection:
            yield connection

    def followed(self) -> list[tuple[Space, int, Channel]]:
        """Every space with its id and each channel that is searched in it: what there are indexes of.

        The log names them; where it has been lost, the notes of the indexes do.
        """
        files = self.library.indexes.files
        with self.reading() as connection:
            library = facts.fact(connection, "id") or ""
            spaces = follow.spaces(connection)
            logged = {tuple(row) for row in connection.execute(text("SELECT DISTINCT space_id, channel FROM change"))}
        return [
            (space, space_id, channel)
            for space, space_id in spaces.items()
            for channel in Channel
            if (space_id, channel.value) in logged or files.note(space, channel, library) is not None
        ]

    def ids(self, sql: str, **given: object) -> Ids:
        """int64[n]: the first column of what a statement selects."""
        with self.reading() as connection:
            return np.fromiter(connection.scalars(text(sql), given), np.int64)

    def read_again(self, segment_ids: Iterable[int]) -> None:
        """Have what these segments are made of read anew by the next indexing."""
        given = {"ids": f"[{','.join(str(int(i)) for i in segment_ids)}]"}
        chosen = "IN (SELECT value FROM json_each(:ids))"
        with self.changing() as connection:
            for statement in (
                f"UPDATE item SET fingerprint = '' WHERE id IN (SELECT item_id FROM segment WHERE id {chosen})",
                "UPDATE medium SET read_by = NULL WHERE id IN "
                f"(SELECT medium_id FROM segment WHERE channel = 'ocr' AND id {chosen})",
                f"UPDATE segment SET key = '' WHERE id {chosen}",
            ):
                connection.execute(text(statement), given)
