"""Files that are whole or refused: written beside the old one, sealed with a checksum, then moved into its place."""

from __future__ import annotations

import os
import struct
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from sensorium.errors import IndexUnreadable

_SEAL = struct.Struct("<8sQI")  # a mark, the length of what was sealed in bytes, its CRC-32
_MARK = b"SENSVEC1"
SEAL_BYTES = _SEAL.size
_CHUNK = 1 << 20


def write_sealed(path: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` make a temporary file in the folder of `path`, seals it and moves it to `path`.

    After a crash at any instant `path` is the old file or the new one. The seal stands at the end, where
    readers of the sealed format do not look.
    """
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        write(draft)
        with draft.open("r+b") as file:
            length = file.seek(0, os.SEEK_END)
            seal = _seal_of(file, length)
            file.seek(length)
            file.write(seal)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def check_seal(path: Path) -> None:
    """Raises `IndexUnreadable` unless every byte at `path` is as it was written."""
    try:
        with path.open("rb") as file:
            length = file.seek(0, os.SEEK_END) - _SEAL.size
            whole = length >= 0 and _seal_of(file, length) == file.read()
    except OSError as error:
        raise IndexUnreadable(path, error.strerror or str(error)) from error
    if not whole:
        raise IndexUnreadable(path, "it is torn, changed, or no vector index")


def _seal_of(file: BinaryIO, length: int) -> bytes:
    """The seal for the first `length` bytes; the file is left standing behind them."""
    file.seek(0)
    checksum, left = 0, length
    while left and (chunk := file.read(min(_CHUNK, left))):
        checksum = zlib.crc32(chunk, checksum)
        left -= len(chunk)
    return _SEAL.pack(_MARK, length, checksum)


def _sync_folder(folder: Path) -> None:
    """Makes the move itself survive a power cut, where folders can be synced (not on Windows)."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
