"""What every second look is worth, and what it costs: nDCG@10 by task, and the time of a query.

    python -m benchmarks.rerank CORPUS --library DIR [--queries 20] [--tasks TASK ...] [--plot docs/images/rerank.png]

A cross-encoder and a second picture model are asked as well where the settings name one (`SENSORIUM_CROSS_ENCODER`,
`SENSORIUM_RERANK_PICTURES`). Held against: a stage that is on by default must not lower the nDCG@10 of any task by more
than 0.02, nor that of all queries at all. "+" is the mean of the differences in nDCG@10 to no second look, with the
interval that holds 95 % of the means of resampled queries. A near-duplicate that is folded into a hit counts as found
with it.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.models.profiles import load_models
from sensorium.search.corpus import Judged, read_corpus
from sensorium.search.engine import Engine
from sensorium.search.measures import MEASURES, Judgement, intervals, measure
from sensorium.search.rerank import make_reranker
from sensorium.search.tune import sample_by_task
from sensorium.settings import Settings, load_settings
from sensorium.types import Hit, Query

NO_LIMIT_MS = 60_000.0
ALLOWED = 0.02
SHOWN = ("R@1", "R@10", "nDCG@10")


@dataclass(frozen=True, slots=True)
class Chain:
    """Stages by name, the time that they may take, and what a query asks of them."""

    stages: str = ""
    budget_ms: float = NO_LIMIT_MS
    variety: float = 0.0
    fold: bool = False


CHAINS = {
    "no second look": Chain(),
    "folding": Chain("fold", fold=True),
    "variety .1": Chain("variety", variety=0.1),
    "variety .3": Chain("variety", variety=0.3),
    "late interaction, 100 ms": Chain("late-interaction", budget_ms=100.0),
    "late interaction, no limit": Chain("late-interaction"),
}
ON_BY_DEFAULT = ("folding",)


@dataclass(frozen=True, slots=True)
class Asked:
    """One chain's answers: measures by task, float64[queries, len(MEASURES)], and milliseconds of each query."""

    values: Mapping[str, npt.NDArray[np.float64]]
    took_ms: Sequence[float]

    def of(self, task: str) -> npt.NDArray[np.float64]:
        """The measures of one task, or of `all`."""
        return np.concatenate(list(self.values.values())) if task == "all" else self.values[task]


def chains(settings: Settings) -> dict[str, Chain]:
    """Those that can run on this machine."""
    made = dict(CHAINS)
    if settings.cross_encoder:  # which late interaction gives way to
        made = {name: chain for name, chain in made.items() if chain.stages != "late-interaction"}
        made["cross-encoder, no limit"] = Chain("cross-encoder")
    if settings.rerank_pictures:
        made["a second picture model, no limit"] = Chain("pictures")
    return made


def ask(engine: Engine, chain: Chain, queries: Sequence[Judged], items: Mapping[Path, int]) -> Asked:
    judgements: dict[str, list[Judgement]] = defaultdict(list)
    took_ms = []
    for judged in queries:
        right = frozenset(str(items[path]) for path in judged.relevant if path in items)
        excluded = {str(items[path]) for path in judged.exclude if path in items}
        query = Query((judged.part,), limit=50, folder=judged.folder, fold=chain.fold, variety=chain.variety)
        started = time.perf_counter()
        hits = engine.search(query).hits
        took_ms.append(1000 * (time.perf_counter() - started))
        judgements[judged.task].append(_judgement(hits, right - excluded, excluded))
    return Asked({task: measure(found) for task, found in judgements.items()}, took_ms)


def _judgement(hits: Sequence[Hit], right: frozenset[str], excluded: Set[str]) -> Judgement:
    """Each hit stands for one item: a right one that is folded into it, else its own. Right ones folded into one hit
    count as one, found or to be found."""
    found = []
    for hit in hits:
        names = [str(item.id) for item in (hit.item, *hit.alike)]
        held = [name for name in names if name in right]
        found.append(held[0] if held else names[0])
        right -= frozenset(held[1:])
    return Judgement([name for name in found if name not in excluded], right)


def gain(asked: Asked, base: Asked, task: str) -> tuple[float, float, float]:
    """What nDCG@10 gains on a task, or on `all`, and the interval that holds 95 % of the means of resampled queries."""
    ndcg = MEASURES.index("nDCG@10")
    difference = asked.of(task)[:, [ndcg]] - base.of(task)[:, [ndcg]]
    low, high = intervals(difference)[:, 0]
    return float(difference.mean()), float(low), float(high)


def as_markdown(found: Mapping[str, Asked], base: Asked) -> list[str]:
    """nDCG@10 by line and task; over all queries R@1, R@10, nDCG@10, "+" and the time: as docs/evaluation.md has it."""
    tasks = sorted(base.values)
    columns = [*tasks, *(f"all: {name}" for name in SHOWN), "+", "ms"]
    lines = [f"| nDCG@10 | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for name, asked in found.items():
        means = [asked.of(task)[:, MEASURES.index("nDCG@10")].mean() for task in tasks]
        means += [asked.of("all")[:, MEASURES.index(measured)].mean() for measured in SHOWN]
        more, low, high = gain(asked, base, "all")
        told = "" if asked is base else f"{more:+.3f} [{low:+.3f}, {high:+.3f}]"
        shown = [f"{mean:.3f}".removeprefix("0") for mean in means]
        lines.append(f"| {name} | {' | '.join(shown)} | {told} | {statistics.median(asked.took_ms):.0f} |")
    return lines


def plot(found: Mapping[str, Asked], base: Asked, path: Path) -> None:
    """Draw "+" of every second look with its interval."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    names = [name for name, asked in found.items() if asked is not base][::-1]
    gains = np.array([gain(found[name], base, "all") for name in names])
    figure, axes = plt.subplots(figsize=(7, 0.35 * len(names) + 0.8))
    reach = np.abs(gains[:, 1:].T - gains[:, 0])
    axes.errorbar(gains[:, 0], names, xerr=reach, fmt="o", color="#c33", ecolor="#69c", capsize=3)
    axes.axvline(0, color="#888", linewidth=0.8)
    axes.set_xlabel("nDCG@10 gained over all queries")
    figure.tight_layout()
    figure.savefig(path, dpi=80)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=20, help="Queries of each task at most.")
    parser.add_argument("--tasks", nargs="*", default=(), help="Only these tasks.")
    parser.add_argument("--plot", type=Path, help="Draw what every second look gains here.")
    arguments = parser.parse_args()
    settings = load_settings()
    queries = sample_by_task(read_corpus(arguments.corpus, arguments.tasks), arguments.queries)
    library, media = Library.open(arguments.library), MediaReader(settings)
    models, items = load_models(settings, library.profile), library.items_by_path()
    found = {}
    for name, chain in chains(settings).items():
        chosen = settings.model_copy(update={"rerank": chain.stages, "rerank_budget_ms": chain.budget_ms})
        engine = Engine(library, models, media, make_reranker(chosen))
        engine.warm()
        found[name] = ask(engine, chain, queries, items)
    media.close()
    base = found["no second look"]
    print("\n".join(as_markdown(found, base)))
    for name in ON_BY_DEFAULT:
        gains = {task: gain(found[name], base, task)[0] for task in ("all", *base.values)}
        held = min(gains.values()) >= -ALLOWED and gains["all"] >= 0
        print(f"{name}, on by default: {'held' if held else 'NOT HELD'}")
    if arguments.plot is not None:
        plot(found, base, arguments.plot)


if __name__ == "__main__":
    main()
