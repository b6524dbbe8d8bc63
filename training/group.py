"""Training in step with others: one single-threaded process per core, gradients averaged at every step.

On a machine that other work keeps busy this is twice as fast as one process with two threads, whose threads wait for
each other at every layer instead of once a step.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.multiprocessing.spawn import spawn

PATIENCE = timedelta(hours=2)  # a machine may be put to sleep between two steps


@dataclass(frozen=True, slots=True)
class Group:
    """This process's place among those that train one student."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process reports and saves."""
        return self.rank == 0

    def average_gradients(self, module: nn.Module) -> None:
        """Replace each gradient by its mean over the group."""
        if self.size == 1:
            return
        gradients = [p.grad for p in module.parameters() if p.grad is not None]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        dist.all_reduce(flat)
        flat /= self.size
        for gradient, mean in zip(gradients, torch.split(flat, [g.numel() for g in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))

    def leaders(self, *values: float) -> list[float]:
        """The leader's values, in every process: what depends on the clock must not differ between them."""
        if self.size == 1:
            return list(values)
        told = torch.tensor(values, dtype=torch.float64)
        dist.broadcast(told, src=0)
        return [float(value) for value in told]


def run_group(work: Callable[..., None], arguments: tuple[Any, ...], processes: int) -> None:
    """Call `work(group, *arguments)` in as many processes as asked for; on a GPU in this one alone."""
    if processes == 1 or torch.cuda.is_available():
        work(Group(), *arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        meeting = Path(folder) / "meeting"
        spawn(_join, (work, arguments, processes, meeting), nprocs=processes)  # type: ignore[no-untyped-call]  # torch leaves it untyped


def _join(rank: int, work: Callable[..., None], arguments: tuple[Any, ...], size: int, meeting: Path) -> None:
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # no network needed, nor asked for
    torch.set_num_threads(1)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")  # a new process logs nothing by itself
    dist.init_process_group("gloo", init_method=meeting.as_uri(), rank=rank, world_size=size, timeout=PATIENCE)
    try:
        work(Group(rank, size), *arguments)
    finally:
        dist.destroy_process_group()
