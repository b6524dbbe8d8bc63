"""What FAISS does on a GPU, where its GPU build is installed and finds one. Everything works without."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

log = logging.getLogger(__name__)

GPU_K = 2048
"""Neighbours that FAISS looks for on a GPU at most."""


@cache
def gpus() -> int:
    """How many GPUs the installed FAISS can use; 0 for its CPU build. What was found is logged, once."""
    import faiss

    count, told = usable(faiss)
    log.info(told)
    return count


def usable(build: Any) -> tuple[int, str]:
    """How many GPUs a build of FAISS can use, and that in words."""
    if not hasattr(build, "StandardGpuResources"):
        return (
            0,
            "Vector indexes work on the CPU: this FAISS is built without GPUs. The extra `gpu` brings another.",
        )
    count = int(build.get_num_gpus())
    if not count:
        return 0, "Vector indexes work on the CPU: FAISS could use a GPU and finds none."
    return count, f"Vector indexes work on a GPU: FAISS finds {count}."


@cache
def _resources() -> Any:
    import faiss

    return faiss.StandardGpuResources()  # holds scratch memory on the card: one for the process


def on_gpu(index: Any) -> Any:
    """A copy of an index on the first GPU. Call it only where `gpus()` is not 0."""
    import faiss

    return faiss.index_cpu_to_gpu(_resources(), 0, index)


@contextmanager
def clustering_on_gpu(index: Any) -> Iterator[None]:
    """While open, the k-means of an index with lists runs on a GPU, where there is one."""
    import faiss

    lists: Any = faiss.try_extract_index_ivf(index) if gpus() else None
    if lists is None:
        yield
        return
    assigning = on_gpu(faiss.IndexFlatIP(lists.d))
    lists.clustering_index = assigning
    try:
        yield
    finally:
        lists.clustering_index = None
        del assigning
