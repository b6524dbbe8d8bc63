"""Running decoders in processes of their own, so that no file can take the program down or hold it up."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.context import SpawnContext
from multiprocessing.synchronize import RLock as ProcessLock
from threading import RLock, Thread
from types import TracebackType
from typing import Any, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from sensorium.errors import MediaError, SensoriumError

from .isolation import culprit_of, guarded, sigint_blocked, start_worker

T = TypeVar("T")

_TASKS_PER_WORKER = 5000
"""Decoders leak a little; a worker is replaced after this many files. Starting one takes as long as a hundred."""
_MEMORY_BYTES = 6 << 30
"""Enough for the largest picture and the longest sound that the default settings allow."""
_TRIES = 2
_CUT_OFF = 1
"""Exit status of a worker that no longer gets through to this process: one that was killed holds the lock of all."""
_WATCH_EVERY_S = 0.1


class _KeptLocks(SpawnContext):
    """Keeps a pool's locks for as long as the pool lasts.

    Pebble lets go of them before it ends the workers (5.2), and one that is still starting would print that it does
    not find them.
    """

    def __init__(self) -> None:
        self._kept: list[ProcessLock] = []

    def RLock(self) -> ProcessLock:  # noqa: N802 (Python's name)
        lock = super().RLock()
        self._kept.append(lock)
        return lock


@dataclass(slots=True, eq=False)
class _Job:
    """A task that is not done. `pool` is where it runs, of which there may have been others before."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    timeout_s: float
    outcome: Future[Any]
    pool: ProcessPool | None = None
    tries: int = 0

    @property
    def culprit(self) -> str:
        return culprit_of(self.function, self.args)


class DecodePool:
    """Worker processes for functions that may crash, hang or eat memory. Starts them with the first task.

    Futures fail with `SensoriumError` only: one raised in the worker arrives as it was, anything else, a crash and
    a time-out included, as a `MediaError` that names the first path among the arguments. May be used from many
    threads.
    """

    def __init__(self, *, workers: int = 2, memory_bytes: int = _MEMORY_BYTES) -> None:
        self._workers = workers
        self._memory_bytes = memory_bytes
        self._pool: ProcessPool | None = None
        self._jobs: set[_Job] = set()
        self._lock = RLock()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self.close(wait=kind is None)

    def submit(self, function: Callable[..., T], *args: Any, timeout_s: float) -> Future[T]:
        """Run a picklable function. The time limit counts from when a worker takes the task.

        Cancelling the future stops the task, even a running one. Raises `MediaError` after `close`.
        """
        outcome: Future[T] = Future()
        job = _Job(function, args, timeout_s, outcome)
        with self._lock:
            if self._closed:
                raise _shut_down(job)
            self._jobs.add(job)
            self._start(job)
        return outcome

    def close(self, *, wait: bool = False) -> None:
        """End the workers: after the last task with `wait`, else at once, failing the tasks that are not done."""
        with self._lock:
            self._closed = True
            pool = self._pool
        if pool is not None:
            _end(pool, wait=wait)
        with self._lock:
            left, self._jobs, self._pool = self._jobs, set(), None
        for job in left:  # the pool forgets them
            _fail(job, _shut_down(job))

    def _start(self, job: _Job) -> None:
        """Put the job into a pool that works. The lock must be held."""
        args = (job.culprit, job.function, job.args)
        pool = self._pool or self._new_pool()
        try:
            task = pool.schedule(guarded, args=args, timeout=job.timeout_s)
        except RuntimeError:  # it has broken since the last task
            pool = self._new_pool()
            task = pool.schedule(guarded, args=args, timeout=job.timeout_s)
        self._pool, job.pool, job.tries = pool, pool, job.tries + 1
        task.add_done_callback(lambda done: self._settle(job, pool, done))
        job.outcome.add_done_callback(lambda done: _cancel(task) if done.cancelled() else None)

    def _new_pool(self) -> ProcessPool:
        with sigint_blocked():
            pool = ProcessPool(
                max_workers=self._workers,
                max_tasks=_TASKS_PER_WORKER,
                initializer=start_worker,
                initargs=(self._memory_bytes,),
                context=_KeptLocks(),
            )
            _ = pool.active  # looking at it starts its threads and workers
        Thread(target=self._watch, args=(pool,), daemon=True).start()
        return pool

    def _watch(self, pool: ProcessPool) -> None:
        """A pool that breaks tells those tasks only that it has taken out of its queue."""
        while pool.active:
            time.sleep(_WATCH_EVERY_S)
        self._replace(pool)
        if not self._closed:
            _end(pool, wait=False)  # the workers that are left

    def _settle(self, job: _Job, pool: ProcessPool, done: Future[Any]) -> None:
        if job.pool is not pool:
            return  # a last word from a broken pool about what has moved on to another
        error = None if done.cancelled() else done.exception()
        if isinstance(error, BrokenProcessPool):
            return  # see `_watch`
        if isinstance(error, ProcessExpired) and error.exitcode == _CUT_OFF and job.tries < _TRIES:
            _stop(pool)  # likewise
            return
        with self._lock:
            self._jobs.discard(job)
        if done.cancelled():
            _fail(job, _shut_down(job))
        elif error is not None:
            _fail(job, _told(error, job))
        elif job.outcome.set_running_or_notify_cancel():
            job.outcome.set_result(done.result())

    def _replace(self, broken: ProcessPool) -> None:
        """Give a broken pool's jobs to a new one.

        A worker that ends at an unlucky moment takes its whole pool along, most of whose jobs are innocent of that;
        some of them, still in its queue, would never be heard of again.
        """
        with self._lock:
            if self._closed:
                return  # `close` sees to the rest
            left = [job for job in self._jobs if job.pool is broken]
            for job in left:
                if job.tries < _TRIES and not job.outcome.cancelled():
                    self._start(job)
            lost = [job for job in left if job.pool is broken]
            self._jobs.difference_update(lost)
        for job in lost:
            _fail(job, MediaError(f"{job.culprit} was not decoded: its decoder broke down twice. Try again."))


def _end(pool: Any, *, wait: bool) -> None:  # Any: Pebble's methods have no types
    if wait:
        pool.close()
    else:
        pool.stop()
    pool.join()


def _stop(pool: Any) -> None:
    pool.stop()


def _cancel(task: Any) -> bool:
    return bool(task.cancel())


def _fail(job: _Job, error: SensoriumError) -> None:
    if job.outcome.set_running_or_notify_cancel():
        job.outcome.set_exception(error)


def _shut_down(job: _Job) -> MediaError:
    return MediaError(f"{job.culprit} was not decoded: the decoders have been shut down.")


def _told(error: BaseException, job: _Job) -> SensoriumError:
    """What to tell about a failed task."""
    if isinstance(error, SensoriumError):
        return error
    if isinstance(error, TimeoutError):
        return MediaError(
            f"{job.culprit} took longer than {job.timeout_s:g} s to decode and was given up. "
            "Raise SENSORIUM_DECODE_TIMEOUT_S to give it more time."
        )
    if isinstance(error, ProcessExpired):
        return MediaError(f"{job.culprit} crashed its decoder ({_exit(error.exitcode)}). The file may be damaged.")
    return MediaError(f"{job.culprit} cannot be decoded: {type(error).__name__}: {error}")


def _exit(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return signal.Signals(-code).name
        except ValueError:
            pass  # a signal without a name
    return f"exit status {code}"
