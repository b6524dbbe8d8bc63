"""What has become of jobs: a table in a database of its own, so that asking for one never waits for the indexer."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from sensorium.errors import LibraryError, NotFound

KEPT = 200
"""Finished jobs that are remembered; the oldest go."""
_TABLE = """
CREATE TABLE IF NOT EXISTS job (
    id INTEGER PRIMARY KEY AUTOINCREMENT, paths TEXT NOT NULL, retry INTEGER NOT NULL, state TEXT NOT NULL,
    stop INTEGER NOT NULL DEFAULT 0, progress TEXT NOT NULL DEFAULT '{}', summary TEXT NOT NULL DEFAULT '{}',
    problem TEXT NOT NULL DEFAULT '', asked_at REAL NOT NULL, began_at REAL, ended_at REAL
)
"""


class JobState(StrEnum):
    """`WAITING` is for the library, while another process writes to it."""

    QUEUED = "queued"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `progress` and `summary` are for showing; times are in seconds since 1970.

    `stop` says that it is to be cancelled; `problem` is why it failed, in one sentence.
    """

    id: int
    paths: tuple[Path, ...]
    retry: bool
    state: JobState
    stop: bool
    progress: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    asked_at: float = 0.0
    began_at: float | None = None
    ended_at: float | None = None


class JobStore:
    """The jobs of the library in a folder. Threads and processes may share the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, paths: Sequence[Path], *, retry: bool) -> int:
        told = json.dumps([str(path) for path in paths])
        values = (told, retry, JobState.QUEUED, time.time())
        with self._open() as database:
            asked = database.execute("INSERT INTO job (paths, retry, state, asked_at) VALUES (?, ?, ?, ?)", values)
            over = [state for state in JobState if state.over]
            database.execute(
                f"DELETE FROM job WHERE state IN ({','.join('?' * len(over))}) AND id <= ?",
                (*over, int(asked.lastrowid or 0) - KEPT),
            )
            return int(asked.lastrowid or 0)

    def job(self, job_id: int) -> Job:
        """Raises `NotFound`."""
        with self._open() as database:
            row = database.execute("SELECT * FROM job WHERE id = ?", (job_id,)).fetchone()
        if row is None:
            raise NotFound("job", job_id)
        return _job(row)

    def jobs(self, limit: int = 50) -> list[Job]:
        """The latest first."""
        with self._open() as database:
            return [_job(row) for row in database.execute("SELECT * FROM job ORDER BY id DESC LIMIT ?", (limit,))]

    def unfinished(self) -> list[Job]:
        """In the order in which they were asked for."""
        return [job for job in reversed(self.jobs(KEPT * 5)) if not job.state.over]

    def set_state(self, job_id: int, state: JobState, *, problem: str = "") -> None:
        now = time.time()
        began = now if state is JobState.RUNNING else None
        ended = now if state.over else None
        with self._open() as database:
            database.execute(
                "UPDATE job SET state = ?, problem = ?, began_at = coalesce(began_at, ?), ended_at = ? WHERE id = ?",
                (state, problem, began, ended, job_id),
            )

    def set_progress(self, job_id: int, progress: Mapping[str, Any]) -> None:
        with self._open() as database:
            database.execute("UPDATE job SET progress = ? WHERE id = ?", (json.dumps(dict(progress)), job_id))

    def set_summary(self, job_id: int, summary: Mapping[str, Any]) -> None:
        with self._open() as database:
            database.execute("UPDATE job SET summary = ? WHERE id = ?", (json.dumps(dict(summary)), job_id))

    def ask_to_stop(self, job_id: int) -> None:
        """One that has not begun is cancelled at once, a running one when it comes to see this."""
        queued = (JobState.CANCELLED, time.time(), job_id, JobState.QUEUED)
        with self._open() as database:
            database.execute("UPDATE job SET stop = 1 WHERE id = ?", (job_id,))
            database.execute("UPDATE job SET state = ?, ended_at = ? WHERE id = ? AND state = ?", queued)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=10.0)) as database, database:
                database.row_factory = sqlite3.Row
                database.execute(_TABLE)
                yield database
        except sqlite3.Error as error:
            raise LibraryError(f"The jobs in {self.path} cannot be read or written: {error}.") from error


def _job(row: sqlite3.Row) -> Job:
    return Job(
        row["id"], tuple(Path(path) for path in json.loads(row["paths"])), bool(row["retry"]), JobState(row["state"]),
        bool(row["stop"]), json.loads(row["progress"]), json.loads(row["summary"]), row["problem"], row["asked_at"],
        row["began_at"], row["ended_at"],
    )  # fmt: skip
