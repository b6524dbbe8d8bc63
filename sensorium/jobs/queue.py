"""The queue of jobs (huey on SQLite). Whoever asks needs no indexer; a worker process takes one job after another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .store import Job, JobState, JobStore

if TYPE_CHECKING:
    from huey import SqliteHuey

FILE = "jobs.db"


class JobQueue(JobStore):
    """The jobs of the library in `folder`, in the order in which they were asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / FILE)

    def ask(self, paths: Sequence[Path], *, retry: bool = False) -> Job:
        """Ask for paths to be indexed; with `retry`, what could not be read is tried again."""
        job_id = self.add(paths, retry=retry)
        self._put(job_id)
        return self.job(job_id)

    def take(self) -> Job | None:
        """The next job that has not been cancelled; None where there is none. It is for the taker to run."""
        while (task := self._huey.dequeue()) is not None:
            found = [job for job in self.unfinished() if job.id == task.args[0]]
            if found:
                return found[0]
        return None

    def put_back(self, job_id: int) -> None:
        """Let a job that was taken, and not done, be taken again."""
        self.set_state(job_id, JobState.QUEUED)
        self._put(job_id)

    def recover(self) -> list[Job]:
        """Put back what a worker had taken that is no more; for the one worker there is, when it starts."""
        waiting = {task.args[0] for task in self._huey.pending()}
        lost = [job for job in self.unfinished() if job.id not in waiting]
        for job in lost:
            if job.stop:
                self.set_state(job.id, JobState.CANCELLED)
            else:
                self.put_back(job.id)
        return lost

    def _put(self, job_id: int) -> None:
        self._huey.enqueue(self._task.s(job_id))

    @property
    def _huey(self) -> SqliteHuey:
        return self._both[0]

    @property
    def _task(self) -> Any:
        return self._both[1]

    @cached_property
    def _both(self) -> tuple[SqliteHuey, Any]:
        """The queue, and the task as it lies there: a name and a job's number. A worker runs it, not huey."""
        from huey import SqliteHuey

        huey = SqliteHuey(
            "sensorium", filename=str(self.path), results=False, strict_fifo=True, serializer=_as_json(), timeout=10
        )

        def index(job_id: int) -> int:
            return job_id

        return huey, huey.task(name="index")(index)


def _as_json() -> Any:
    """Tasks as JSON: huey's own way is to pickle, and a library from elsewhere must not bring code along."""
    from huey.registry import Message
    from huey.serializer import Serializer

    class AsJson(Serializer):  # type: ignore[misc]  # huey has no types
        def _serialize(self, data: Any) -> bytes:
            return json.dumps(list(data)).encode()

        def _deserialize(self, data: bytes) -> Any:
            return Message(*json.loads(bytes(data)))

    return AsJson()
