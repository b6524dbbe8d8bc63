"""What the second looks are worth, and what they cost: nDCG@10, R@1 and the time of a query, by task.

    python benchmarks/rerank.py CORPUS --library DIR [--queries 150]

Asked are tasks whose answers are texts. Held against: a stage that is on by default must not lower the nDCG@10 of any
task by more than 0.02, nor that of all queries at all. "+" is the mean of the differences to no second look, with the
interval that holds 95 % of the means of resampled queries.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.models.profiles import load_models
from sensorium.search.corpus import Judged, read_corpus
from sensorium.search.engine import Engine
from sensorium.search.measures import MEASURES, Judgement, intervals, measure
from sensorium.search.rerank import make_reranker
from sensorium.settings import load_settings
from sensorium.types import Query

TASKS = ("definition-to-document", "question-to-document", "text-to-product", "text-to-speech")
CHAINS = {"none": "", "late interaction, 100 ms": "late-interaction", "late interaction, no limit": "late-interaction"}
BUDGETS_MS = {"late interaction, 100 ms": 100.0}
NO_LIMIT_MS = 60_000.0
ALLOWED = 0.02


@dataclass(frozen=True, slots=True)
class Asked:
    """One chain's answers: measures by task, float64[queries, len(MEASURES)], and milliseconds of each query."""

    values: Mapping[str, np.ndarray]
    took_ms: Sequence[float]


def sampled(corpus: Path, count: int) -> list[Judged]:
    """At most so many queries of each task."""
    by_task: dict[str, list[Judged]] = defaultdict(list)
    for judged in read_corpus(corpus, TASKS):
        by_task[judged.task].append(judged)
    return [one for queries in by_task.values() for one in queries[:count]]


def ask(engine: Engine, queries: Sequence[Judged], items: Mapping[Path, int]) -> Asked:
    judgements: dict[str, list[Judgement]] = defaultdict(list)
    took_ms = []
    for judged in queries:
        right = frozenset(str(items[path]) for path in judged.relevant if path in items)
        started = time.perf_counter()
        hits = engine.search(Query((judged.part,), limit=50, folder=judged.folder, fold=False)).hits
        took_ms.append(1000 * (time.perf_counter() - started))
        judgements[judged.task].append(Judgement([str(hit.item.id) for hit in hits], right))
    return Asked({task: measure(found) for task, found in judgements.items()}, took_ms)


def engines(folder: Path) -> dict[str, Engine]:
    """An engine for each chain, over the same library and models."""
    settings = load_settings()
    library, media = Library.open(folder), MediaReader(settings)
    models = load_models(settings, library.profile)
    made = {}
    for name, chain in CHAINS.items():
        budget_ms = BUDGETS_MS.get(name, NO_LIMIT_MS)
        chosen = settings.model_copy(update={"rerank": chain, "rerank_budget_ms": budget_ms})
        made[name] = Engine(library, models, media, make_reranker(chosen))
    return made


def cell(asked: Asked, base: Asked, task: str) -> tuple[str, float]:
    ndcg, first = MEASURES.index("nDCG@10"), MEASURES.index("R@1")
    tasks = list(base.values) if task == "all" else [task]
    values, before = (np.concatenate([one.values[name] for name in tasks]) for one in (asked, base))
    difference = values[:, [ndcg]] - before[:, [ndcg]]
    low, high = intervals(difference)[:, 0]
    shown = f"{values[:, first].mean():.3f} {values[:, ndcg].mean():.3f}"
    gain = float(difference.mean())
    return (shown if asked is base else f"{shown} {gain:+.3f} [{low:+.3f}, {high:+.3f}]"), gain


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=150, help="Queries of each task at most.")
    arguments = parser.parse_args()
    queries = sampled(arguments.corpus, arguments.queries)
    made = engines(arguments.library)
    items = next(iter(made.values())).library.items_by_path()
    found = {}
    for name, engine in made.items():
        engine.warm()
        found[name] = ask(engine, queries, items)
    base = found["none"]
    columns = [*base.values, "all"]
    table = Table("second look: R@1 nDCG@10 +", *columns, "ms, median")
    for name, asked in found.items():
        cells = [cell(asked, base, task) for task in columns]
        table.add_row(name, *(shown for shown, _ in cells), f"{statistics.median(asked.took_ms):.0f}")
        held = all(gain >= -ALLOWED for _, gain in cells) and cells[-1][1] >= 0
        print(f"{name}: {'held' if held else 'NOT HELD'}")
    Console(width=250).print(table)


if __name__ == "__main__":
    main()
