"""A process that does the jobs of one library, one after the other, until it is told to end."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sensorium.errors import LibraryBusy, LibraryError, SensoriumError
from sensorium.jobs import Job, JobQueue, JobState

from .progress import Progress, State, Summary

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
TELL_EVERY_S = 1.0
BUSY_WAIT_S = 2.0
TOLD_FAILURES = 100
LOCK = "worker.lock"

Run = Callable[[Job, Progress], Summary]
"""Indexes what a job names, and reports to the progress it is given."""


class Worker:
    """Takes jobs from the queue of a library and runs them. Ending it leaves the job in hand for the next worker."""

    def __init__(self, folder: Path, run: Run) -> None:
        self.queue = JobQueue(folder)
        self._lock = FileLock(folder / LOCK)
        self._run = run
        self._ending = threading.Event()

    def end(self) -> None:
        """Finish what has been read of the job in hand, and return from `work`. May be called by a signal."""
        self._ending.set()

    def work(self, alive: Callable[[], bool] = lambda: True) -> bool:
        """Work until `end`, or until `alive` says no. False where another worker does the jobs of this library."""
        try:
            with self._lock.acquire(timeout=0):
                for job in self.queue.recover():
                    log.info("Job %d had been left by a worker that is no more.", job.id)
                while not self._ending.is_set() and alive():
                    job_in_hand = self.queue.take()
                    if job_in_hand is None:
                        self._ending.wait(LOOK_EVERY_S)
                    else:
                        self._do(job_in_hand)
        except Timeout:
            return False
        return True

    def _do(self, job: Job) -> None:
        watched = JobProgress(self.queue, job.id, self._ending)
        try:
            self._settle(job, watched)
        except LibraryError as error:  # the disk is full, say: the job stays as it is, for the next worker to find
            log.error("What became of job %d could not be noted: %s", job.id, error)
            self._ending.wait(BUSY_WAIT_S)

    def _settle(self, job: Job, watched: JobProgress) -> None:
        self.queue.set_state(job.id, JobState.RUNNING)
        try:
            summary = self._indexed(job, watched)
        except SensoriumError as error:
            self.queue.set_state(job.id, JobState.FAILED, problem=str(error))
            return
        except Exception as error:  # whatever it is, the next job must not wait for it
            log.exception("Job %d failed.", job.id)
            self.queue.set_state(job.id, JobState.FAILED, problem=f"Something went wrong: {type(error).__name__}.")
            return
        self.queue.set_summary(job.id, told(summary))
        if not summary.interrupted:
            self.queue.set_state(job.id, JobState.DONE)
        elif watched.cancelled():
            self.queue.set_state(job.id, JobState.CANCELLED)
        else:
            self.queue.put_back(job.id)

    def _indexed(self, job: Job, watched: JobProgress) -> Summary:
        """Run a job once the library is free."""
        while not watched.stopped():
            try:
                return self._run(job, watched)
            except LibraryBusy:
                self.queue.set_state(job.id, JobState.WAITING)
                self._ending.wait(BUSY_WAIT_S)
        return Summary(interrupted=True)


class JobProgress:
    """Writes how far a job is where the page can see it, and sees there whether it is to be cancelled."""

    def __init__(self, queue: JobQueue, job_id: int, ending: threading.Event) -> None:
        self._queue = queue
        self._job_id = job_id
        self._ending = ending
        self._lock = threading.Lock()
        self._looked = self._told = 0.0
        self._cancelled = False

    def report(self, state: State) -> None:
        with self._lock:
            if time.monotonic() - self._told < TELL_EVERY_S:
                return
            first, self._told = not self._told, time.monotonic()
        try:
            if first:
                self._queue.set_state(self._job_id, JobState.RUNNING)
            self._queue.set_progress(self._job_id, asdict(state))
        except LibraryError as error:  # indexing matters more than telling of it
            log.warning("%s", error)

    def stopped(self) -> bool:
        return self._ending.is_set() or self.cancelled()

    def cancelled(self) -> bool:
        with self._lock:
            if not self._cancelled and time.monotonic() - self._looked >= LOOK_EVERY_S:
                self._looked = time.monotonic()
                self._cancelled = self._queue.job(self._job_id).stop
            return self._cancelled


def told(summary: Summary) -> dict[str, Any]:
    """What a job's row keeps of a run."""
    counts = {name: value for name, value in asdict(summary).items() if isinstance(value, int)}
    failures = [{"path": str(one.path), "reason": one.reason} for one in summary.failures[:TOLD_FAILURES]]
    return {**counts, "failed": len(summary.failures), "failures": failures, "notes": list(summary.notes)}
