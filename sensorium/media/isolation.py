"""What happens in a worker process, around the decoders."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any, TypeVar

from sensorium.errors import MediaError, SensoriumError
from sensorium.heap import keep_freed

T = TypeVar("T")


def start_worker(memory_bytes: int) -> None:
    """Make this process a worker: deaf to Ctrl-C, and refused memory beyond `memory_bytes`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    keep_freed(block_mb=8, most_mb=32)
    try:
        import resource
    except ImportError:  # Windows knows no such limit
        return
    # Address space is no measure: libraries reserve far more than they use. Data is what they use. macOS accepts the
    # limit and does not keep it.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    allowed = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (allowed, hard))


def guarded(culprit: str, function: Callable[..., T], args: tuple[Any, ...]) -> T:
    """Call the function, letting out `SensoriumError` only: alien errors may fail to unpickle in the parent."""
    try:
        return function(*args)
    except SensoriumError:
        raise
    except MemoryError:
        raise MediaError(f"{culprit} needs more memory to decode than a decoder may take.") from None
    except Exception as error:  # the border of the process: whatever a decoder raises is the file's error
        raise MediaError(f"{culprit} cannot be decoded: {type(error).__name__}: {error}") from None


def culprit_of(function: Callable[..., Any], args: tuple[Any, ...]) -> str:
    """The first path among the arguments, to name in errors."""
    return next((str(arg) for arg in args if isinstance(arg, Path)), getattr(function, "__name__", "A task"))


@contextmanager
def sigint_blocked() -> Iterator[None]:
    """In the parent: threads and processes started inside never see Ctrl-C, not even before they can ignore it."""
    if os.name != "posix":
        yield
        return
    # Multiprocessing starts this one before its first worker, and then unblocks the signal for those that follow.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
