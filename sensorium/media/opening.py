"""What is checked of every file before its first byte is read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sensorium.errors import MediaError, MissingDependency


class MissingDecoder(MediaError, MissingDependency):
    """A file that could be read if an optional package were installed."""


def check_file(path: Path, *, max_bytes: int | None = None) -> int:
    """The size in bytes. Raises `MediaError` unless this is an ordinary, readable, filled file of fair size."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise MediaError(f"{path} does not exist. Check the path.") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise MediaError(f"{path} cannot be looked at: {_reason(error)}.") from error
    if stat.S_ISDIR(status.st_mode):
        raise MediaError(f"{path} is a folder; a file was expected.")
    if not stat.S_ISREG(status.st_mode):
        raise MediaError(f"{path} is a pipe, socket or device and is not opened; an ordinary file was expected.")
    if status.st_size == 0:
        raise MediaError(f"{path} is empty. Copy it again from where it came from.")
    if max_bytes is not None and status.st_size > max_bytes:
        raise MediaError(
            f"{path} has {status.st_size / 1e6:.1f} MB; at most {max_bytes / 1e6:g} MB are read. "
            "Raise SENSORIUM_MAX_FILE_MB to read it."
        )
    if not os.access(path, os.R_OK):
        raise MediaError(f"{path} may not be read by this user. Change its permissions.")
    return status.st_size


def read_head(path: Path, size: int = 4096) -> bytes:
    """The first bytes of a file that `check_file` has let through."""
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {_reason(error)}.") from error


def check_pixels(path: Path, width: int, height: int, max_pixels: int) -> None:
    """Raises `MediaError` for a picture or film whose header announces more pixels than are decoded."""
    if width * height > max_pixels:
        raise MediaError(
            f"{path} has {width} × {height} pixels; at most {max_pixels / 1e6:g} million are decoded. "
            "Raise SENSORIUM_MAX_MEGAPIXELS to read it."
        )


def check_duration(path: Path, duration_s: float, max_duration_s: float) -> None:
    """Raises `MediaError` for a sound or film that is longer than is decoded."""
    if duration_s > max_duration_s:
        raise MediaError(
            f"{path} lasts longer than {max_duration_s:g} s, the longest that is decoded. "
            "Raise SENSORIUM_MAX_DURATION_S to read it."
        )


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
