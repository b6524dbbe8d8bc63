"""Whether other kinds crowd out the right ones: queries whose judged answers are all of one kind.

    python -m benchmarks.fairness CORPUS --library DIR [--queries 100] [--cache FILE] [--plot docs/images/fairness.png]

For each query, of the first ten hits those of other kinds than the answers', where right answers of the right kind were
found and stand further down. Before calibration (raw scores, reciprocal rank) and after. Held against: the shipped
fusion puts fewer of them there than either, and the right kind is among the first ten in nine of ten queries.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.fusion import FIRST, Ranker, ask, fusions
from sensorium.library import Library
from sensorium.search.collect import Collected
from sensorium.types import Kind

LEAST = 0.9


def one_kind(collected: Sequence[Collected], kinds: Mapping[int, Kind]) -> list[tuple[Collected, Kind]]:
    """The queries whose right answers are of one kind, with it."""
    told = ((one, {kinds[item] for item in one.right}) for one in collected)
    return [(one, next(iter(own))) for one, own in told if len(own) == 1]


def spread(queries: Sequence[tuple[Collected, Kind]], count: int) -> list[tuple[Collected, Kind]]:
    """`count` of them, as many of each task as there are, chosen at random."""
    rng = np.random.default_rng(0)
    waiting: dict[str, list[tuple[Collected, Kind]]] = {}
    for place in rng.permutation(len(queries)).tolist():
        waiting.setdefault(queries[place][0].judged.task, []).append(queries[place])
    chosen: list[tuple[Collected, Kind]] = []
    while len(chosen) < count and any(waiting.values()):
        chosen += [own.pop() for own in waiting.values() if own]
    return chosen[:count]


def crowding(ranker: Ranker, found: Collected, right: Kind, kinds: Mapping[int, Kind]) -> tuple[int, bool]:
    """Hits of other kinds among the first ten while a right answer stands below; whether the right kind is there."""
    ranked = [item for item in ranker(found) if item not in found.excluded]
    first = ranked[:FIRST]
    below = not found.right.isdisjoint(ranked[FIRST:])
    others = sum(kinds[item] is not right for item in first)
    return (others if below else 0), others < len(first)


def plot(figures: Mapping[str, tuple[float, float]], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 2.2))
    names = list(figures)[::-1]
    axes.barh(names, [figures[name][0] for name in names], color=["#c33" if "shipped" in n else "#69c" for n in names])
    axes.set_xlabel("hits of other kinds above a right answer")
    figure.tight_layout()
    figure.savefig(path, dpi=80)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--cache", type=Path, help="As in benchmarks.fusion.")
    parser.add_argument("--plot", type=Path, help="Draw the figure here.")
    arguments = parser.parse_args()
    library = Library.open(arguments.library)
    collected = ask(arguments.corpus, library, queries=max(10, arguments.queries // 8), cache=arguments.cache)
    ids = {item for one in collected for own in one.matches for item in own.items.tolist()}
    ids |= {item for one in collected for item in one.right}
    kinds = {item_id: item.kind for item_id, item in library.items(sorted(ids)).items()}
    queries = spread(one_kind(collected, kinds), arguments.queries)
    table = Table(f"{len(queries)} queries", "other kinds above a right answer", "right kind among the first ten")
    figures: dict[str, tuple[float, float]] = {}
    for name, ranker in fusions(library).items():
        if "raw" in name or name == "reciprocal-rank" or "shipped" in name:
            pairs = [crowding(ranker, one, kind, kinds) for one, kind in queries]
            figures[name] = float(np.mean([others for others, _ in pairs])), float(np.mean([own for _, own in pairs]))
            table.add_row(name, f"{figures[name][0]:.2f} of 10", f"{figures[name][1]:.3f}")
    Console(width=140).print(table)
    shipped = next(name for name in figures if "shipped" in name)
    fewest = min(value[0] for name, value in figures.items() if name != shipped)
    held = figures[shipped][0] <= fewest and figures[shipped][1] >= LEAST
    print(f"limits: fewer than {fewest:.2f}, and {LEAST} or more: {'held' if held else 'NOT HELD'}")
    if arguments.plot is not None:
        plot(figures, arguments.plot)


if __name__ == "__main__":
    main()
