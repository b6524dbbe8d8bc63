"""What was asked of a library, kept in its folder, and only where the setting `history` says so.

Kept are the words and filters of a query as they can be typed, and when it was asked. Files given as examples, answers,
and who asked are not. Nothing leaves the folder; `forget` removes the file.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sensorium.errors import LibraryError

log = logging.getLogger(__name__)

FILE = "history.db"
MOST = 1000
"""Queries that are kept; the oldest go."""
_TABLE = "CREATE TABLE IF NOT EXISTS asked (id INTEGER PRIMARY KEY, at TEXT NOT NULL, query TEXT NOT NULL UNIQUE)"


@dataclass(frozen=True, slots=True)
class Remembered:
    """A query that was asked, and when last."""

    query: str
    at: datetime


class History:
    """The queries asked of the library in a folder. With `kept` false, none is written and none is shown."""

    def __init__(self, folder: Path, *, kept: bool) -> None:
        self.path = folder / FILE
        self.kept = kept

    def remember(self, *queries: str) -> None:
        """Note queries, the latest last; one that was asked before becomes the latest. Failing to is no reason not to
        search."""
        at = datetime.now(UTC).isoformat()
        rows = [(at, query) for query in queries if query.strip()]
        if not self.kept or not rows:
            return
        try:
            with self._open() as database:
                database.executemany("INSERT OR REPLACE INTO asked (at, query) VALUES (?, ?)", rows)
                database.execute(
                    "DELETE FROM asked WHERE id NOT IN (SELECT id FROM asked ORDER BY id DESC LIMIT ?)", (MOST,)
                )
        except sqlite3.Error as error:
            log.warning("The query could not be noted in %s: %s.", self.path, error)

    def recent(self, limit: int = 20) -> tuple[Remembered, ...]:
        """The last queries, the latest first; none where none are kept. Raises `LibraryError`."""
        if not self.kept or not self.path.is_file():
            return ()
        try:
            with self._open() as database:
                rows = database.execute("SELECT query, at FROM asked ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
        except sqlite3.Error as error:
            raise LibraryError(
                f"{self.path} cannot be read ({error}). Forget it: sensorium history --forget"
            ) from error
        return tuple(Remembered(query, datetime.fromisoformat(at)) for query, at in rows)

    def forget(self) -> None:
        """Remove everything that was kept, also where the setting no longer keeps it. Raises `LibraryError`."""
        for path in (self.path, *(self.path.with_name(FILE + end) for end in ("-journal", "-wal", "-shm"))):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise LibraryError(f"{path} cannot be removed ({error.strerror}). Remove it by hand.") from error

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=1.0)) as database, database:
            database.execute("PRAGMA secure_delete = ON")  # what is dropped is overwritten
            database.execute(_TABLE)
            yield database
