"""What each kind of vector index takes to build from stored vectors and to hold, finds, and costs a query.

    python -m benchmarks.vectors FOLDER --real LIBRARY [--count N ...] [--kind NAME ...] [--minutes M] [--plot FILE]

FOLDER keeps what has been done: building and searching each kind is a step of its own, in a process of its own, and is
done once. Steps that take longer than they should can so be shared out over several calls: after `--minutes` no further
one is begun; the same command goes on. FOLDER is not needed any more once the tables are printed.

The vectors are made of a real library's passages (`--real`, wanted the first time only), each moved by the difference
of two others, so that what is made has the shape of real data and not that of noise, and stored in half precision as a
catalogue stores them. What is asked are the names of its files. Filters keep all, a tenth, a hundredth and a
ten-thousandth of the vectors, by chance and by likeness (those least like one vector, as a folder or a kind of its own
would be). Searching runs on one thread, one query at a time, without encoding.

Held against: recall@10 >= .98 at p95 <= 50 ms for every filter; private memory <= 1.3 times the file without the stored
vectors, which stay on disk; building within 15 GB.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.made_library import real_of
from benchmarks.made_vectors import batches, filters, made, private_mb
from sensorium.vectors import build_index, load_index
from sensorium.vectors.effort import recall

if TYPE_CHECKING:
    from sensorium.types import Matrix
    from sensorium.vectors.protocol import Ids, VectorIndex

K = 10
QUERIES = 200
KINDS = ("faiss", "ivf-rabitq", "ivf-sq8", "ivf-pq", "hnsw")
LEAST_RECALL, MOST_MS, MOST_GB = 0.98, 50.0, 15


@dataclass(frozen=True, slots=True)
class Work:
    """One kind at one size, and where its things lie."""

    folder: Path
    kind: str
    count: int

    @property
    def vectors(self) -> Path:
        return self.folder / f"vectors-{self.count}.npy"

    @property
    def index(self) -> Path:
        return self.folder / f"{self.kind}-{self.count}.index"

    @property
    def expected(self) -> Path:
        return self.folder / f"nearest-{self.count}.npz"


@dataclass(frozen=True, slots=True)
class Built:
    """One index: seconds to build by the clock and of the cores, the size of its file, and what of it is its own, in
    MB; the most memory that building took."""

    kind: str
    count: int
    seconds: float
    core_s: float
    file_mb: float
    own_mb: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Searched:
    """One index under one filter. `private_mb` is what opening it and searching took, no file behind it."""

    kind: str
    count: int
    share: float
    by: str
    private_mb: float
    recall: float
    p50_ms: float
    p95_ms: float
    cpu_p50_ms: float
    cpu_p95_ms: float


def build(work: Work) -> list[Built]:
    """From the vectors in their file."""
    real = real_of(work.folder, None)
    held = made(work.vectors, real.vectors, work.count)
    started, begun = time.perf_counter(), time.process_time()
    dimension = held.shape[1]
    build_index(work.kind, work.index, batches(held), dimension=dimension, recall=LEAST_RECALL, count=work.count)
    seconds, core_s = time.perf_counter() - started, time.process_time() - begun
    size, stored = work.index.stat().st_size, 0 if work.kind == "faiss" else held.nbytes
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [Built(work.kind, work.count, seconds, core_s, size / 2**20, (size - stored) / 2**20, peak_mb)]


def search(work: Work) -> list[Searched]:
    """Under every filter, against what the flat index finds. The index goes afterwards."""
    import faiss

    faiss.omp_set_num_threads(1)
    real = real_of(work.folder, None)
    held, queries = made(work.vectors, real.vectors, work.count), real.asked
    queries = queries[np.random.default_rng(0).permutation(len(queries))[:QUERIES]]
    kept = filters(held)
    before = private_mb()
    index = load_index(work.kind, work.index, checked=True)
    found = {name: measure(index, queries, allowed) for name, allowed in kept.items()}
    private = private_mb() - before
    nearest = {f"{share} {by}": ids for (share, by), (ids, _) in found.items()}
    if work.kind == "faiss":  # it tells what is right
        np.savez(work.expected, **nearest)  # type: ignore[arg-type]  # its stub takes the names for options
    with np.load(work.expected) as expected:
        shares = {name: recall(ids, expected[name]) for name, ids in nearest.items()}
    work.index.unlink()
    return [
        Searched(work.kind, work.count, share, by, private, shares[f"{share} {by}"], *times)
        for (share, by), (_, times) in found.items()
    ]


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


def done(folder: Path, step: str, work: Work, do: Callable[[Work], list[Any]], *, late: bool) -> list[dict[str, Any]]:
    """What a step found, which is done now where it has not been; nothing where it is too late for that."""
    kept = folder / f"{step}-{work.kind}-{work.count}.json"
    if not kept.is_file():
        if late:
            return []
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
            rows = process.submit(do, work).result()
        kept.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    found: list[dict[str, Any]] = json.loads(kept.read_text())
    return found


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
    title = "One query, one thread, without a filter"
    axes.set(xlabel="vectors", ylabel="p50 of a query, ms of one processor", title=title)
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def print_tables(built: Sequence[Built], searched: Sequence[Searched]) -> None:
    console = Console(width=130)
    heads = "build s", "core s", "peak MB", "<= GB", "file MB", "own MB", "private MB", "limit MB"
    table = Table("kind", "vectors", *heads)
    private = {(row.kind, row.count): f"{row.private_mb:.0f}" for row in searched}
    for row in built:
        figures = (row.seconds, row.core_s, row.peak_mb, MOST_GB, row.file_mb, row.own_mb)
        held = private.get((row.kind, row.count), "")
        table.add_row(row.kind, f"{row.count:,}", *(f"{each:.0f}" for each in figures), held, f"{1.3 * row.own_mb:.0f}")
    console.print(table)
    asked = "recall@10", ">= .98", "p50 ms", "p95 ms", "<= 50", "cpu p50", "p95"
    table = Table("kind", "vectors", "filter", "by", *asked)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what has been done is kept there")
    parser.add_argument("--real", type=Path, help="a library whose passages the vectors are made of")
    parser.add_argument("--count", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--kind", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin nothing after so many")
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    real_of(given.folder, given.real)
    ends = time.monotonic() + 60 * given.minutes
    built: list[Built] = []
    searched: list[Searched] = []
    complete = True
    for count in given.count:
        for kind in ("faiss", *(kind for kind in given.kind if kind != "faiss")):
            work = Work(given.folder, kind, count)
            rows = done(given.folder, "built", work, build, late=time.monotonic() > ends)
            asked = done(given.folder, "searched", work, search, late=not rows or time.monotonic() > ends)
            built += [Built(**row) for row in rows]
            searched += [Searched(**row) for row in asked]
            complete &= bool(asked)
    print_tables(built, searched)
    if not complete:
        print("The time is up and not all is done: the same command goes on.")
    if given.plot is not None:
        plot(given.plot, searched)


if __name__ == "__main__":
    main()
