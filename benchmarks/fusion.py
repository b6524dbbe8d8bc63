"""What each step of the fusion is worth: R@10 by task, for every single channel and for each way to join them.

    python benchmarks/fusion.py CORPUS --library DIR

Held against: the whole of `discounted` must reach, over all queries, at least what any other line reaches.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.models.profiles import load_models
from sensorium.search.calibrate import Calibrated, surplus, worth
from sensorium.search.collect import Collected, collect
from sensorium.search.corpus import read_corpus
from sensorium.search.fusion.discounted import Discounted
from sensorium.search.fusion.weights import SHIPPED
from sensorium.settings import load_settings

RRF_K = 60  # Cormack, Clarke and Büttcher, 2009
DEPTH = 200
Ranker = Callable[[Collected], list[int]]


def by_channel(found: Collected) -> dict[tuple[str, str], dict[int, Calibrated]]:
    """For each (channel, matcher), the best match of every item."""
    best: dict[tuple[str, str], dict[int, Calibrated]] = defaultdict(dict)
    for calibrated in sorted(found.matches, key=lambda c: c.match.rank):
        match = calibrated.match
        best[match.channel, match.matcher].setdefault(found.segments[match.segment_id].item_id, calibrated)
    return best


def single(channel: tuple[str, str]) -> Ranker:
    return lambda found: list(by_channel(found).get(channel, {}))


def summed(value: Callable[[Calibrated], float], discount: float) -> Ranker:
    """Items by the sum of their channels' values, the best first and each further one discounted."""

    def rank(found: Collected) -> list[int]:
        values: dict[int, list[float]] = defaultdict(list)
        for items in by_channel(found).values():
            for item, calibrated in items.items():
                values[item].append(value(calibrated))
        totals = {
            item: sum(v * discount**place for place, v in enumerate(sorted(vs, reverse=True)))
            for item, vs in values.items()
        }
        return sorted(totals, key=lambda item: (-totals[item], item))

    return rank


def reciprocal(calibrated: Calibrated) -> float:
    return 1 / (RRF_K + calibrated.match.rank)


def e_value(calibrated: Calibrated) -> float:
    return worth(surplus(calibrated.surprise, calibrated.match.among))


def whole(found: Collected) -> list[int]:
    return [scored.item_id for scored in Discounted().join(found.matches, found.segments, [found.judged.part])]


def ask(corpus: Path, library: Library) -> list[Collected]:
    """Ask every query once; the rankers then only sort."""
    settings = load_settings()
    models, media = load_models(settings, library.profile), MediaReader(settings)
    collected = collect(library, models, media, read_corpus(corpus), depth=DEPTH)
    media.close()
    return collected


def recall_at_10(ranker: Ranker, collected: Sequence[Collected]) -> dict[str, float]:
    """Share of queries with a right item among the first ten, by task and `all`."""
    hits: dict[str, list[bool]] = defaultdict(list)
    for found in collected:
        ranked = [item for item in ranker(found) if item not in found.excluded][:10]
        hit = not found.right.isdisjoint(ranked)
        hits[found.judged.task].append(hit)
        hits["all"].append(hit)
    return {task: sum(values) / len(values) for task, values in hits.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--library", type=Path, required=True)
    arguments = parser.parse_args()
    collected = ask(arguments.corpus, Library.open(arguments.library))
    channels = sorted({channel for found in collected for channel in by_channel(found)})
    rankers: dict[str, Ranker] = {
        f"{c} by {'words' if m == 'words' else 'meaning'}": single((c, m)) for c, m in channels
    }
    rankers["reciprocal rank, k = 60"] = summed(reciprocal, 1.0)
    rankers["E-values, best channel only"] = summed(e_value, 0.0)
    rankers["E-values, discounted sum"] = summed(e_value, SHIPPED.discount)
    rankers["… with second looks and attention (shipped)"] = whole
    rows = {name: recall_at_10(ranker, collected) for name, ranker in rankers.items()}
    tasks = sorted(rows["reciprocal rank, k = 60"], key=lambda task: (task == "all", task))
    table = Table("R@10", *tasks)
    for name, row in rows.items():
        table.add_row(name, *(f"{row[task]:.2f}" for task in tasks))
    Console(width=220).print(table)
    others = max(row["all"] for name, row in rows.items() if "shipped" not in name)
    shipped = next(row["all"] for name, row in rows.items() if "shipped" in name)
    print(f"shipped {shipped:.3f}, best of the others {others:.3f}: {'held' if shipped >= others else 'NOT HELD'}")


if __name__ == "__main__":
    main()
