"""A batch on a CPU: cut into small parts, each of which takes one core all to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, TypeVar

from .lazy import Lazy

if TYPE_CHECKING:
    import torch

S = TypeVar("S")
T = TypeVar("T")

LARGEST = 16
"""Pictures in a part: what a layer makes of so many still fits into a core's cache."""
SMALLEST = 4
"""Fewer are not worth a call."""


class InParts:
    """Runs a network over batches; on another device than a CPU at once, as it is.

    torch lets all cores share each layer and wait for one another after it, spinning. While workers decode, one core is
    late at nearly every layer and the others burn their time. Cores with parts of their own need not wait: a core that
    is free goes on, and one that is needed for decoding costs no more than itself.
    """

    def __init__(self, device: torch.device) -> None:
        self._cpu = device.type == "cpu"
        self._threads = Lazy(_threads)

    def __call__(self, forward: Callable[[torch.Tensor], torch.Tensor], batch: torch.Tensor) -> torch.Tensor:
        """What `forward` makes of the whole batch, where no row depends on another."""
        import torch

        def of_part(part: torch.Tensor) -> torch.Tensor:
            with torch.inference_mode():  # holds for one thread
                return forward(part)

        if not self._cpu or len(batch) < 2 * SMALLEST:
            return of_part(batch)
        cores, threads = self._threads()
        size = min(LARGEST, max(SMALLEST, -(-len(batch) // cores)))
        return torch.cat(list(threads.map(of_part, torch.split(batch, size))))

    def each(self, work: Callable[[S], T], values: Iterable[S]) -> Iterator[T]:
        """What `work` makes of every value, in their order; each is one core's. They are worked on as they come.

        A thread that has one core to itself (`one_core_threads`) does it all itself.
        """
        import torch

        if not self._cpu or torch.get_num_threads() == 1:
            return map(work, values)
        return self._threads()[1].map(work, values)


def _threads() -> tuple[int, ThreadPoolExecutor]:
    """As many threads as torch may use cores, each of which uses one."""
    import torch

    cores = torch.get_num_threads()
    return cores, one_core_threads(cores, "forward")


def one_core_threads(count: int, name: str) -> ThreadPoolExecutor:
    """So many threads, each of which has one core for torch; other threads keep theirs."""
    import torch

    cores = torch.get_num_threads()
    threads = ThreadPoolExecutor(count, name, initializer=_alone)
    all_there = Barrier(count + 1)
    for _ in range(count):
        threads.submit(all_there.wait)
    all_there.wait()
    torch.set_num_threads(cores)  # theirs would else be the default of every thread to come
    return threads


def _alone() -> None:
    """Let this thread use one core, from now on."""
    import torch

    torch.get_num_threads()  # a thread's first call gives it the default, which must not come afterwards
    torch.set_num_threads(1)
