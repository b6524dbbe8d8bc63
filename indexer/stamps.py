"""What tells, without reading, whether a file is still the same: its size and the time of its last change."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sensorium.errors import MediaError

T = TypeVar("T")

TRIES = 3
WAIT_S = 0.2


def stamp(status: os.stat_result | None) -> str:
    """`size:time in ns`, or `missing`."""
    return "missing" if status is None else f"{status.st_size}:{status.st_mtime_ns}"


def status_of(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def size_of(fingerprint: str) -> int | None:
    """The size in a file's fingerprint; None for a product's, and for a file with subtitles beside it."""
    size, colon, rest = fingerprint.partition(":")
    return int(size) if colon and size.isdigit() and rest.isdigit() else None


def with_stamp(fingerprint: str, now: str) -> str:
    """The fingerprint of a file that was found in another state than the scan saw it in."""
    _, plus, beside = fingerprint.partition("+")
    return f"{now}{plus}{beside}"


def steadily(path: Path, read: Callable[[], T]) -> tuple[T, str]:
    """What `read` gives of a file that stays the same meanwhile, and its stamp. Tried again where it does not.

    Raises `MediaError` for a file that keeps changing.
    """
    for attempt in range(TRIES):
        if attempt:
            time.sleep(attempt * WAIT_S)
        before = stamp(status_of(path))
        try:
            found = read()
        except MediaError:
            if stamp(status_of(path)) == before:
                raise
            continue  # half written, perhaps
        if stamp(status_of(path)) == before:
            return found, before
    raise MediaError(f"{path} changes while it is being read. The next run will read it; let it come to rest first.")
