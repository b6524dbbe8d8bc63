"""What each way to join the channels is worth, and each step of the one that is shipped.

    python -m benchmarks.fusion CORPUS --library DIR [--queries 20] [--cache FILE] [--plot docs/images/fusion.png]

Every query is asked once; `--cache` keeps what the channels answered for the next run. Held against: over all queries
the shipped fusion beats the best single channel, by a paired bootstrap interval off zero; no task falls below its own
best channel by more than .02; and no other line reaches more over all queries.
"""

from __future__ import annotations

import argparse
import pickle
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.models.profiles import load_models
from sensorium.search.collect import Collected, collect
from sensorium.search.corpus import read_corpus
from sensorium.search.fusion import DEFAULT, fusion_names, make_fusion
from sensorium.search.fusion.discounted import Discounted
from sensorium.search.fusion.lists import lists_of
from sensorium.search.fusion.weights import SHIPPED
from sensorium.search.measures import intervals
from sensorium.search.tune import sample_by_task
from sensorium.settings import load_settings

DEPTH = 100
"""As a search asks."""
FIRST = 10
WORST = -0.02
"""What a task may lose against its own best channel."""
Ranker = Callable[[Collected], list[int]]
Ranks = npt.NDArray[np.float64]


def ask(corpus: Path, library: Library, *, queries: int = 0, cache: Path | None = None) -> list[Collected]:
    """What every channel answers to every query (0), or to so many of each task."""
    if cache is not None and cache.is_file():
        held: list[Collected] = pickle.loads(cache.read_bytes())  # written below, by whoever runs this
        return held
    settings = load_settings()
    models, media = load_models(settings, library.profile), MediaReader(settings)
    judged = read_corpus(corpus)
    collected = collect(library, models, media, sample_by_task(judged, queries) if queries else judged, depth=DEPTH)
    media.close()
    if cache is not None:
        cache.write_bytes(pickle.dumps(collected))
    return collected


def alone(collected: Sequence[Collected]) -> dict[str, Ranks]:
    """The ranks of every matcher of every channel, asked alone: all parts and modalities of a query together."""
    found: dict[str, Ranks] = {}
    for place, one in enumerate(collected):
        best: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for own in lists_of(one.matches):
            name = f"{own.source.channel} by {own.source.matcher}"
            best[name] += zip(own.ranks.tolist(), own.items.tolist(), strict=True)
        for name, ranked in best.items():
            row = found.setdefault(name, np.full(len(collected), np.inf))
            row[place] = first_right(dict.fromkeys(item for _, item in sorted(ranked)), one)
    return dict(sorted(found.items()))


def first_right(ranked: Iterable[int], one: Collected) -> float:
    """The rank of the first right item, infinite where there is none."""
    kept = (item for item in ranked if item not in one.excluded)
    return next((rank for rank, item in enumerate(kept, 1) if item in one.right), np.inf)


def highest_raw(found: Collected) -> list[int]:
    """Calibration off: by the highest raw score that any matcher gave."""
    best: dict[int, float] = {}
    for own in lists_of(found.matches):
        for item, raw in zip(own.items.tolist(), own.raw.tolist(), strict=True):
            best[item] = max(raw, best.get(item, -np.inf))
    return sorted(best, key=lambda item: (-best[item], item))


def fusions(library: Library) -> dict[str, Ranker]:
    """Every fusion by name, and the shipped one without each of its steps."""
    made = {name: make_fusion(name, library.fact) for name in fusion_names()}
    shipped = f"{DEFAULT} (shipped)"
    made[shipped] = made.pop(DEFAULT)
    made["… without attention"] = Discounted(replace(SHIPPED, lift=0.0, caption_lift=0.0))
    made["… attention deaf to the query's words"] = Discounted(replace(SHIPPED, caption=0.0, caption_lift=0.0))
    made["… without second looks"] = Discounted(replace(SHIPPED, second_look=0.0))
    made["… without priors"] = Discounted(replace(SHIPPED, name=0.0, speech=0.0, frame=0.0, sound_alike=0.0))
    made["… best channel of an item only"] = Discounted(replace(SHIPPED, discount=0.0))
    made["… all channels in full"] = Discounted(replace(SHIPPED, discount=1.0))

    def by(name: str) -> Ranker:
        return lambda found: made[name].join(found.matches, [found.judged.part]).items.tolist()

    return {"raw scores, the highest (no calibration)": highest_raw, **{name: by(name) for name in made}}


def ranks(ranker: Ranker, collected: Sequence[Collected]) -> Ranks:
    """float64[queries]: the rank of the first right item."""
    return np.array([first_right(ranker(one), one) for one in collected])


def by_task(found: Ranks, tasks: npt.NDArray[np.str_]) -> dict[str, float]:
    """R@10 of each task and of all queries, and the mean reciprocal rank."""
    hits = found <= FIRST
    shares = {str(task): float(hits[tasks == task].mean()) for task in np.unique(tasks)}
    return {**shares, "all": float(hits.mean()), "MRR": float((1 / found).mean())}


def told(rows: dict[str, Ranks], singles: Sequence[str], tasks: npt.NDArray[np.str_]) -> list[str]:
    """The three limits, each with what was measured."""
    shipped = next(name for name in rows if "shipped" in name)
    shares = {name: by_task(found, tasks) for name, found in rows.items()}
    best = max(singles, key=lambda name: shares[name]["all"])
    lines = []
    ours, theirs = rows[shipped], rows[best]
    differences = {"R@10": (ours <= FIRST).astype(float) - (theirs <= FIRST), "MRR": 1 / ours - 1 / theirs}
    for what, gains in differences.items():
        low, high = intervals(gains[:, None])[:, 0]
        held = "held" if low > 0 else "NOT HELD"
        lines.append(
            f"{what} over the best channel ({best}): {gains.mean():+.3f} [{low:+.3f}, {high:+.3f}], limit > 0: {held}"
        )
    for task in np.unique(tasks):
        own = max(singles, key=lambda name: shares[name][task])
        gap = shares[shipped][task] - shares[own][task]
        lines.append(
            f"{task}: {gap:+.3f} against {own}, limit {WORST}: {'held' if gap >= WORST - 1e-9 else 'NOT HELD'}"
        )
    others = {name: row["all"] for name, row in shares.items() if name != shipped}
    highest = max(others, key=lambda name: others[name])
    held = "held" if shares[shipped]["all"] >= others[highest] else "NOT HELD"
    lines.append(f"all: {shares[shipped]['all']:.3f}, best of the others {others[highest]:.3f} ({highest}): {held}")
    return lines


def as_markdown(shares: dict[str, dict[str, float]]) -> list[str]:
    """R@10 by line and task, as docs/evaluation.md has it."""
    columns = list(next(iter(shares.values())))
    lines = [f"| R@10 | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    figures = ({name: [f"{value:.3f}".removeprefix("0") for value in row.values()]} for name, row in shares.items())
    return [*lines, *(f"| {name} | {' | '.join(row)} |" for one in figures for name, row in one.items())]


def plot(shares: dict[str, dict[str, float]], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 0.28 * len(shares) + 0.8))
    names = list(shares)[::-1]
    colours = ["#c33" if "shipped" in name else "#69c" for name in names]
    axes.barh(names, [shares[name]["all"] for name in names], color=colours)
    axes.set_xlabel("R@10 over all queries")
    figure.tight_layout()
    figure.savefig(path, dpi=80)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=0, help="Of each task; all without.")
    parser.add_argument("--cache", type=Path, help="Where the channels' answers are kept, and read from if there.")
    parser.add_argument("--plot", type=Path, help="Draw R@10 of every line here.")
    arguments = parser.parse_args()
    library = Library.open(arguments.library)
    collected = ask(arguments.corpus, library, queries=arguments.queries, cache=arguments.cache)
    tasks = np.array([one.judged.task for one in collected])
    singles = alone(collected)
    rows = {**singles, **{name: ranks(ranker, collected) for name, ranker in fusions(library).items()}}
    shares = {name: by_task(found, tasks) for name, found in rows.items()}
    print("\n".join(as_markdown(shares)))
    print("\n".join(told(rows, list(singles), tasks)))
    if arguments.plot is not None:
        plot(shares, arguments.plot)


if __name__ == "__main__":
    main()
