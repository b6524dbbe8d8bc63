"""As many vectors as wanted, made of a few real ones and kept in a file as a catalogue does; filters over them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.types import Matrix
    from sensorium.vectors.protocol import Ids

    Halves = npt.NDArray[np.float16]

LIKENESS = (0.93, 0.99)
"""Cosines of what is made with the real vector it was made of."""
SHARES = (1.0, 0.1, 0.01, 0.0001)
BATCH = 1 << 13


def perturbed(rows: Matrix, noise: Matrix, random: np.random.Generator) -> Matrix:
    """float32[n, d]: unit rows moved towards `noise`, to a cosine with themselves drawn from `LIKENESS`."""
    noise = noise - (noise * rows).sum(axis=1, keepdims=True) * rows
    noise /= np.maximum(np.linalg.norm(noise, axis=1, keepdims=True), 1e-6)
    cosine = random.uniform(*LIKENESS, size=(len(rows), 1)).astype(np.float32)
    moved = cosine * rows + np.sqrt(1 - cosine**2) * noise
    found: Matrix = moved / np.linalg.norm(moved, axis=1, keepdims=True)  # shorter where both others are one
    return found


def made(path: Path, real: Matrix, count: int) -> Halves:
    """float16[count, d] in a file, made the first time: each is a real one moved by the difference of two others."""
    if not path.is_file():
        random = np.random.default_rng(1)
        part = path.with_suffix(".part")
        held = np.lib.format.open_memmap(part, "w+", np.float16, (count, real.shape[1]))
        for start in range(0, count, BATCH):
            size = min(BATCH, count - start)
            rows, one, other = (real[random.integers(len(real), size=size)] for _ in range(3))
            held[start : start + size] = perturbed(rows, one - other, random)
        held.flush()
        part.replace(path)
    found: Halves = np.load(path, mmap_mode="r")
    return found


def batches(held: Halves) -> Iterator[tuple[Ids, Matrix]]:
    """Ids from 1 on and float32[n, d], as a catalogue gives them."""
    for start in range(0, len(held), BATCH):
        rows = held[start : start + BATCH].astype(np.float32)
        yield np.arange(start, start + len(rows)) + 1, rows


def filters(held: Halves) -> dict[tuple[float, str], Ids | None]:
    """(share kept, how) → the ids it keeps: by chance, and by likeness, those least like one vector."""
    asked = held[0].astype(np.float32)
    order = np.argsort(np.concatenate([rows @ asked for _, rows in batches(held)]))
    chance = np.random.default_rng(2).permutation(len(held))
    found: dict[tuple[float, str], Ids | None] = {(1.0, "none"): None}
    for share in SHARES[1:]:
        keep = max(1, int(len(held) * share))
        found[share, "chance"] = np.sort(chance[:keep] + 1)
        found[share, "likeness"] = np.sort(order[:keep] + 1)
    return found


def private_mb() -> float:
    """Memory of this process that no file stands behind."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return float("nan")
