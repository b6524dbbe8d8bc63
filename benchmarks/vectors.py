"""What each kind of vector index takes to build and to hold, finds, and costs a query, up to a million vectors.

    python benchmarks/vectors.py VECTORS.npy [--count N ...] [--kind NAME ...] [--plot FILE.png] [--json FILE]

VECTORS.npy holds real embeddings, float[n, d]. A tenth of them are kept back as queries. From the rest the wanted
number is made: each is a real one moved by the difference of two others, so that what is made has the shape of the real
data and not that of noise, and its nearest neighbour lies as near as the real ones' own curve leads to expect.

Filters keep all, a tenth, a hundredth and a ten-thousandth of the vectors, by chance and by likeness (those least like
one vector, as a folder or a kind of its own would be). Searching runs on one thread, one query at a time, without
encoding.

Held against: recall@10 >= .98 at p95 <= 50 ms for every filter; private memory <= 1.3 times the file without the stored
vectors, which stay on disk.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table

from sensorium.vectors import build_index, load_index
from sensorium.vectors.effort import recall

if TYPE_CHECKING:
    from sensorium.types import Matrix
    from sensorium.vectors.protocol import Ids, VectorIndex

K = 10
QUERIES = 200
LIKENESS = (0.93, 0.99)
"""Cosines of what is made with the real vector it was made of."""
SHARES = (1.0, 0.1, 0.01, 0.0001)
KINDS = ("faiss", "ivf-rabitq", "ivf-sq8", "ivf-pq", "hnsw")
LEAST_RECALL, MOST_MS = 0.98, 50.0
_BATCH = 1 << 15


@dataclass(frozen=True, slots=True)
class Built:
    """One index: seconds to build, the size of its file, and what of it is the index's own, in MB."""

    kind: str
    count: int
    seconds: float
    file_mb: float
    own_mb: float
    private_mb: float


@dataclass(frozen=True, slots=True)
class Searched:
    """One index under one filter."""

    kind: str
    count: int
    share: float
    by: str
    recall: float
    p50_ms: float
    p95_ms: float
    cpu_p50_ms: float
    cpu_p95_ms: float


def made(real: Matrix, count: int) -> Iterator[tuple[Ids, Matrix]]:
    """Batches of ids and vectors, in half precision as a catalogue keeps them."""
    random = np.random.default_rng(1)
    for start in range(0, count, _BATCH):
        size = min(_BATCH, count - start)
        rows, one, other = (real[random.integers(len(real), size=size)] for _ in range(3))
        moved = perturbed(rows, one - other, random)
        yield np.arange(start, start + size) + 1, moved.astype(np.float16).astype(np.float32)


def perturbed(rows: Matrix, noise: Matrix, random: np.random.Generator) -> Matrix:
    """float32[n, d]: unit rows moved towards `noise`, to a cosine with themselves drawn from `LIKENESS`."""
    noise = noise - (noise * rows).sum(axis=1, keepdims=True) * rows
    noise /= np.maximum(np.linalg.norm(noise, axis=1, keepdims=True), 1e-6)
    cosine = random.uniform(*LIKENESS, size=(len(rows), 1)).astype(np.float32)
    moved = cosine * rows + np.sqrt(1 - cosine**2) * noise
    found: Matrix = moved / np.linalg.norm(moved, axis=1, keepdims=True)  # shorter where both others are one
    return found


def filters(real: Matrix, count: int) -> dict[tuple[float, str], Ids | None]:
    """(share kept, how) → the ids it keeps."""
    likeness = np.concatenate([rows @ real[0] for _, rows in made(real, count)])
    order = np.argsort(likeness)
    chance = np.random.default_rng(2).permutation(count)
    found: dict[tuple[float, str], Ids | None] = {(1.0, "none"): None}
    for share in SHARES[1:]:
        keep = max(1, int(count * share))
        found[share, "chance"] = np.sort(chance[:keep] + 1)
        found[share, "likeness"] = np.sort(order[:keep] + 1)
    return found


def private_mb() -> float:
    """Memory of this process that no file stands behind."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def measure(index: VectorIndex, queries: Matrix, allowed: Ids | None) -> tuple[Ids, list[float]]:
    """What is found, and p50 and p95 in ms by the clock and of the processor, which a busy machine does not change."""
    index.search(queries[:1], K, allowed=allowed)
    ids, clock, worked = [], [], []
    for query in queries:
        started, begun = time.perf_counter(), time.thread_time()
        ids.append(index.search(query[None], K, allowed=allowed).ids[0])
        clock.append(1000 * (time.perf_counter() - started))
        worked.append(1000 * (time.thread_time() - begun))
    return np.stack(ids), [float(value) for times in (clock, worked) for value in np.percentile(times, [50, 95])]


def run(real: Matrix, queries: Matrix, count: int, kinds: Sequence[str]) -> tuple[list[Built], list[Searched]]:
    """Build and search every kind at one size."""
    built, searched = [], []
    kept = filters(real, count)
    expected: dict[tuple[float, str], Ids] = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("faiss", *(kind for kind in kinds if kind != "faiss")):  # the flat one tells what is right
            path = Path(folder) / kind
            started = time.perf_counter()
            build_index(kind, path, made(real, count), dimension=real.shape[1], recall=LEAST_RECALL)
            seconds = time.perf_counter() - started
            one_thread(True)
            before = private_mb()
            index = load_index(kind, path, checked=True)
            for (share, by), allowed in kept.items():
                ids, times = measure(index, queries, allowed)
                expected.setdefault((share, by), ids)
                searched.append(Searched(kind, count, share, by, recall(ids, expected[share, by]), *times))
            stored = 0 if kind == "faiss" else count * real.shape[1] * 2
            size = path.stat().st_size
            built.append(Built(kind, count, seconds, size / 2**20, (size - stored) / 2**20, private_mb() - before))
            del index
            path.unlink()
            one_thread(False)
    return built, searched


def one_thread(only: bool) -> None:
    """Searches on one thread, builds on all."""
    import os

    import faiss

    faiss.omp_set_num_threads(1 if only else os.cpu_count() or 1)


def exponents(searched: Sequence[Searched]) -> dict[str, float]:
    """The slope of log p50 (of the processor) over log count, without a filter."""
    found = {}
    for kind in dict.fromkeys(row.kind for row in searched):
        rows = [row for row in searched if row.kind == kind and row.by == "none"]
        if len(rows) > 1:
            slope = np.polyfit(np.log10([r.count for r in rows]), np.log10([r.cpu_p50_ms for r in rows]), 1)[0]
            found[kind] = float(slope)
    return found


def plot(path: Path, searched: Sequence[Searched]) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 4.2))
    for kind, slope in exponents(searched).items():
        rows = [row for row in searched if row.kind == kind and row.by == "none"]
        axes.loglog([r.count for r in rows], [r.cpu_p50_ms for r in rows], "o-", label=f"{kind}: count^{slope:.2f}")
    axes.set(
        xlabel="vectors", ylabel="p50 of a query, ms of one processor", title="One query, one thread, without a filter"
    )
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def print_tables(built: Sequence[Built], searched: Sequence[Searched]) -> None:
    console = Console(width=130)
    table = Table("kind", "vectors", "build s", "file MB", "own MB", "private MB", "limit MB")
    for row in built:
        limit = 1.3 * row.own_mb
        names = [row.kind, f"{row.count:,}", f"{row.seconds:.1f}", f"{row.file_mb:.0f}", f"{row.own_mb:.0f}"]
        table.add_row(*names, f"{row.private_mb:.0f}", f"{limit:.0f}")
    console.print(table)
    table = Table(
        "kind", "vectors", "filter", "by", "recall@10", ">= .98", "p50 ms", "p95 ms", "<= 50", "cpu p50", "cpu p95"
    )
    for each in searched:
        verdicts = ["yes" if each.recall >= LEAST_RECALL else "NO", "yes" if each.p95_ms <= MOST_MS else "NO"]
        table.add_row(
            each.kind, f"{each.count:,}", f"{each.share:.2%}", each.by, f"{each.recall:.3f}", verdicts[0],
            f"{each.p50_ms:.2f}", f"{each.p95_ms:.2f}", verdicts[1],
            f"{each.cpu_p50_ms:.2f}", f"{each.cpu_p95_ms:.2f}",
        )  # fmt: skip
    console.print(table)
    for kind, slope in exponents(searched).items():
        console.print(f"{kind}: time of a query grows with count^{slope:.2f}")


def read(path: Path) -> tuple[Matrix, Matrix]:
    """The real vectors to make others of, and those to ask with: float32[n, d], unit length."""
    rows = np.load(path).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows = rows[np.random.default_rng(0).permutation(len(rows))]
    return rows[len(rows) // 10 :], rows[: len(rows) // 10][:QUERIES]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--count", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--kind", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    real, queries = read(given.vectors)
    built: list[Built] = []
    searched: list[Searched] = []
    for count in given.count:
        more_built, more_searched = run(real, queries, count, given.kind)
        built += more_built
        searched += more_searched
        rows: dict[str, Any] = {"built": [asdict(b) for b in built], "searched": [asdict(s) for s in searched]}
        if given.json is not None:
            given.json.write_text(json.dumps(rows, indent=1))
    print_tables(built, searched)
    if given.plot is not None:
        plot(given.plot, searched)


if __name__ == "__main__":
    main()
