"""Fetching for programs of threads: an event loop in a thread of its own, and futures."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sensorium.errors import NotAsked

from .outcome import Answered, Wanted
from .policy import FetchPolicy

if TYPE_CHECKING:
    from .client import Client
    from .connecting import Resolve

END_S = 10.0


class Fetcher:
    """Fetches into a folder, many files at a time. Threads may share one. Starts with the first file."""

    def __init__(self, policy: FetchPolicy, folder: Path, *, resolve: Resolve | None = None) -> None:
        self._policy = policy
        self._folder = folder
        self._resolve = resolve
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._client: Client | None = None
        self._tasks: set[Future[Answered]] = set()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self.close()

    def submit(self, wanted: Wanted) -> Future[Answered]:
        """Fetch. The future fails with `FetchError`; it is cancelled by `close`."""
        with self._lock:
            if self._closed:
                raise NotAsked(f"{wanted.url} was not fetched: fetching has ended.")
            loop = self._loop or self._start()
            task = asyncio.run_coroutine_threadsafe(self._fetch(wanted), loop)
            self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def close(self) -> None:
        """Break off what is being fetched, and end."""
        with self._lock:
            self._closed = True
            loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        for task in list(self._tasks):
            task.cancel()
        if thread.is_alive():
            with suppress(TimeoutError, CancelledError):  # what does not want to be closed ends with the process
                asyncio.run_coroutine_threadsafe(self._end(), loop).result(END_S)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(END_S)

    async def _fetch(self, wanted: Wanted) -> Answered:
        if self._client is None:
            from .client import Client  # loads the HTTP library, which most runs do without

            self._client = Client(self._policy, self._folder, self._resolve)
        return await self._client.fetch(wanted)

    async def _end(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    def _start(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        self._loop = loop
        self._thread = threading.Thread(target=_run, args=(loop,), name="fetch", daemon=True)
        self._thread.start()
        return loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
