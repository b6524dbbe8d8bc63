"""The folder of a library: the writer's lock, files put in place at one stroke, the disk's errors in plain words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy.exc import DBAPIError

from sensorium.errors import LibraryBusy, LibraryError, StorageFull

NO_ROOM = "No room left for the library in {}. Free some space, then run it again: it goes on where it stopped."


MADE_FIRST = ("vectors", "thumbs", "write.lock")
"""What a library's folder holds before its database: all there is where making one was cut short."""


def make_folder(folder: Path) -> None:
    """The folders of a library, made where they are missing. Raises `LibraryError`."""
    try:
        (folder / "vectors").mkdir(parents=True, exist_ok=True)
        (folder / "thumbs").mkdir(exist_ok=True)
    except OSError as error:
        raise LibraryError(
            f"{folder} cannot hold a library: {error.strerror}. Name a folder that can be written."
        ) from error


def replace_file(path: Path, content: bytes) -> None:
    """Write a file named after its content, at one stroke; one that is there already is the same."""
    if path.is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)


@contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Hold the writer's lock of a library.

    Raises `LibraryBusy` at once where another process holds it, and `LibraryError` where it cannot be written.
    """
    lock = FileLock(folder / "write.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise LibraryBusy(f"Another process is writing to {folder}. Wait until it is done, then try again.") from error
    except OSError as error:
        raise LibraryError(
            f"The library in {folder} cannot be written: {error.strerror}. It can be searched as it is; to change it, "
            "make its folder writable or copy it to one that is."
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def plain_errors(folder: Path) -> Iterator[None]:
    """Say what the system's errors mean for a library."""
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig)
        if "full" in reason:
            raise StorageFull(NO_ROOM.format(folder)) from error
        raise LibraryError(f"The library in {folder} cannot be used: {reason}.") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(NO_ROOM.format(folder)) from error
        raise
