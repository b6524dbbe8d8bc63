"""How the C library deals with memory that was freed: kept for what comes next, or given back to the system."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_TRIM, _MAPPED, _ARENAS = -1, -3, -8
"""M_TRIM_THRESHOLD, M_MMAP_THRESHOLD and M_ARENA_MAX of glibc's malloc.h."""
_MB = 1 << 20


def keep_freed(*, block_mb: int, most_mb: int) -> None:
    """From now on keep freed blocks of up to `block_mb`, `most_mb` of them at the end of the heap.

    glibc gives a large block back as soon as it is freed, and the system must empty and map every page of the next
    one anew. A network on a CPU and a decoder need the same blocks again and again: without this, a seventh of the
    former's time and a quarter of the latter's goes there. All threads share one heap, because those of their own
    hold no more than 64 MB at a time. For the whole process; other C libraries than glibc are left as they are.
    """
    libc = _glibc()
    if libc is not None:
        for option, value in ((_ARENAS, 1), (_MAPPED, block_mb * _MB), (_TRIM, most_mb * _MB)):
            libc.mallopt(option, value)


def give_back() -> None:
    """Give the system what is free."""
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(0)


@contextmanager
def reused(*, block_mb: int = 64, most_mb: int = 256) -> Iterator[None]:
    """`keep_freed` for work in batches, and `give_back` at its end."""
    keep_freed(block_mb=block_mb, most_mb=most_mb)
    try:
        yield
    finally:
        give_back()


def _glibc() -> Any:
    """The C library of this process; None where it is another."""
    try:
        libc = ctypes.CDLL(None)
        return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
    except (OSError, TypeError):  # Windows
        return None
