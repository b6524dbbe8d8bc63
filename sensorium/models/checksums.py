"""sha256 of weight files, computed once per file and process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path


def file_checksum(path: Path) -> str:
    """Hex sha256 of the file's bytes; read again only when its size or modification time has changed."""
    path = path.resolve()
    stat = path.stat()
    return _hash(path, stat.st_size, stat.st_mtime_ns)


def combined_checksum(checksums: Iterable[str]) -> str:
    """One checksum for several towers that write into one space; their order counts."""
    return hashlib.sha256("\n".join(checksums).encode()).hexdigest()


@lru_cache(maxsize=64)
def _hash(path: Path, size: int, mtime_ns: int) -> str:  # noqa: ARG001  # size and time are part of the cache's key
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
