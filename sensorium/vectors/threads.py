"""How many threads FAISS uses for a search."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

FEW = 16
"""Queries that one thread answers. FAISS shares out queries, not vectors: more threads would only be waited for, and
on a machine that has other things to do they are waited for a hundred times longer than they work."""


@contextmanager
def threads_for(queries: int) -> Iterator[None]:
    """Within, this thread searches with as many threads as so many queries are worth. Other threads are not concerned:
    OpenMP keeps the number for each by itself."""
    import faiss

    before = faiss.omp_get_max_threads()
    if queries > FEW or before == 1:
        yield
        return
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
