"""What searching a library of a million passages costs, from the planner to the hits, and how it grows.

    python -m benchmarks.million FOLDER --real LIBRARY [--count 10000 100000 1000000] [--plot FILE.png] [--json FILE]

Makes a library of each size in FOLDER, out of a small real one (see `made_library.py`), where it does not lie there
yet; a million takes some ten minutes and 5 GB, and goes on where it was stopped. Then asks it, one query at a time,
through the engine, with the vectors given, so that nothing is encoded: for words that no text holds (vectors alone),
for words that stand in it, under filters, and with counts by attribute.

Held against: recall@10 >= .98 of a scan of all vectors with NumPy, under a filter worked out beside the engine; p95 of
a search by vectors <= 50 ms under every filter; counts <= 100 ms.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.made_library import HIGHEST, Made, Real, given_models, made_library, real_of
from benchmarks.made_vectors import private_mb
from sensorium.catalogue.fulltext import FUNCTION_WORDS
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.models.model_set import ModelSet
from sensorium.search.asked import understand
from sensorium.search.engine import DEPTH, Engine
from sensorium.search.language import parse
from sensorium.search.retrieve import retrieve
from sensorium.search.selection import Selection
from sensorium.settings import Settings
from sensorium.types import Channel, Modality, Part, Query
from sensorium.vectors.effort import recall
from sensorium.wording import words_of

if TYPE_CHECKING:
    from sensorium.types import Matrix

K = 10
QUERIES, JUDGED = 100, 50
LEAST_RECALL, MOST_MS, MOST_FACETS_MS = 0.98, 50.0, 100.0
SHARES = (0.1, 0.01, 0.0001)


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind of question to one library. `kept` passages pass the filter; what has no recall or limit is NaN."""

    count: int
    what: str
    kept: int
    recall: float
    p50_ms: float
    p95_ms: float
    cpu_p50_ms: float
    limit_ms: float


@dataclass(frozen=True, slots=True)
class Asking:
    """A library that is asked, and what it was made of."""

    count: int
    made: Made
    real: Real
    models: ModelSet
    library: Library
    media: MediaReader
    engine: Engine

    def rows(self) -> Iterator[Measured]:
        for number, (what, typed, mask) in enumerate(self._filters()):
            filters = parse(typed, self.library.fields()).filters
            queries = [replace(_words(_nowhere(QUERIES * number + n)), filters=filters) for n in range(QUERIES)]
            kept = self.count if mask is None else int(mask.sum())
            times = self._times(queries)  # before the recall, which would leave everything warm
            yield Measured(self.count, f"vectors, {what}", kept, self._recall(queries[:JUDGED], mask), *times, MOST_MS)
        for what, queries in self._worded().items():
            limit = MOST_FACETS_MS if "counts" in what else float("nan")
            yield Measured(self.count, what, self.count, float("nan"), *self._times(queries), limit)

    def _times(self, queries: Sequence[Query]) -> tuple[float, float, float]:
        """p50 and p95 by the clock, p50 of the processor, in ms."""
        self.engine.search(replace(queries[0], limit=K + 1))
        clock, worked = [], []
        for query in queries:
            started, begun = time.perf_counter(), time.process_time()
            self.engine.search(query)
            clock.append(1000 * (time.perf_counter() - started))
            worked.append(1000 * (time.process_time() - begun))
        p50, p95 = np.percentile(clock, [50, 95])
        return float(p50), float(p95), float(np.median(worked))

    def _filters(self) -> Iterator[tuple[str, str, np.ndarray | None]]:
        yield "100 %", "", None
        yield "100 %, filtered", "price>=0", np.ones(self.count, np.bool_)
        for share in SHARES:
            for by, unit in (("price", 100), ("distance", 1)):
                below = int(HIGHEST * share)
                name = f"{share:.2%}".replace(".00", "").replace("%", " %") + (" by chance", " by likeness")[unit == 1]
                yield name, f"{by}<{below / unit:g}", self.made.numbers[by] < below

    def _recall(self, queries: Sequence[Query], mask: np.ndarray | None) -> float:
        """What the engine's own retrieval finds of what a scan finds."""
        ids = self.library.segment_ids(Channel.TEXT)
        vectors = self.models.texts[0].encode_texts([query.parts[0].text for query in queries])
        places = scanned(self.made.vectors, vectors, mask)
        found = []
        for query in queries:
            asked = understand(query, self.library, self.models, self.media)
            selection = Selection.of(query, self.library)
            matches = retrieve(asked, self.library, self.models, selection=selection, depth=DEPTH).matches
            sources = ((one.source.matcher, one.source.channel) for one in matches)
            made = matches[list(sources).index(("made", Channel.TEXT))].segments[:K]
            found.append(np.pad(made, (0, K - len(made)), constant_values=-1))
        return recall(np.stack(found), np.where(places < 0, -1, ids[places]))

    def _worded(self) -> dict[str, list[Query]]:
        rnd = random.Random(0)
        texts = [words for words in map(words_of, rnd.sample(list(self.real.texts), 4 * QUERIES)) if len(words) > 9]
        telling = [[w for w in words if w not in FUNCTION_WORDS and len(w) > 2] for words in texts]
        pairs = [" ".join(rnd.sample(words, 2)) for words in telling if len(words) > 1][:QUERIES]
        starts = [(words, rnd.randrange(len(words) - 4)) for words in texts][:QUERIES]
        codes = [f"MK{rnd.randrange(10**4):04d}" for _ in range(QUERIES)]
        counted = replace(_words("x"), facets=("price", "brand", "date", "kind"))
        return {
            "names as words": [_words(name) for name in rnd.sample(list(self.real.names), QUERIES)],
            "two telling words": [_words(pair) for pair in pairs],
            "a sentence of five words": [_words(" ".join(words[at : at + 5])) for words, at in starts],
            "a phrase of three words": [_words(f'"{" ".join(words[at : at + 3])}"') for words, at in starts],
            "a code within names": [_words(code) for code in codes],
            "two words, with counts": [replace(counted, parts=_words(pair).parts) for pair in pairs],
            "counts of a tenth": [
                replace(counted, parts=(), filters=parse("price<100", ("price",)).filters) for _ in range(20)
            ],
            "counts of everything": [
                replace(counted, parts=(), filters=parse("price>=0", ("price",)).filters) for _ in range(20)
            ],
        }


def _nowhere(number: int) -> str:
    """A word that no text holds, another one for each number: what is asked then are the vectors."""
    return "qzxwv" + "".join(chr(ord("a") + int(digit)) for digit in str(number))


def _words(text: str) -> Query:
    return Query((Part(Modality.TEXT, text=text),), limit=K)


def scanned(vectors: np.ndarray, queries: Matrix, mask: np.ndarray | None) -> np.ndarray:
    """int64[q, K]: the places of the nearest of `vectors` that `mask` keeps; -1 where it keeps fewer."""
    best = np.full((len(queries), K), -1, np.int64)
    scores = np.full((len(queries), K), -np.inf, np.float32)
    for start in range(0, len(vectors), 1 << 15):
        some = queries @ vectors[start : start + (1 << 15)].astype(np.float32).T
        if mask is not None:
            some[:, ~mask[start : start + (1 << 15)]] = -np.inf
        places = np.broadcast_to(np.arange(start, start + some.shape[1]), some.shape)
        both, at = np.hstack([scores, some]), np.hstack([best, places])
        order = np.argsort(-both, axis=1, kind="stable")[:, :K]
        scores, best = np.take_along_axis(both, order, 1), np.take_along_axis(at, order, 1)
    best[np.isinf(scores)] = -1
    return best


def opened(made: Made, real: Real, count: int) -> tuple[Asking, list[tuple[str, float, str]]]:
    """The library, ready to be asked, with what opening it took."""
    told, models, before = [], given_models(real), private_mb()

    def step(name: str, work: Callable[[], object]) -> None:
        started = time.perf_counter()
        work()
        told.append((name, time.perf_counter() - started, "s"))

    started = time.perf_counter()
    library = Library.open(made.folder)
    media = MediaReader(Settings(workers=1))
    engine = Engine(library, models, media)
    asking = Asking(count, made, real, models, library, media, engine)
    told.append(("open", time.perf_counter() - started, "s"))
    first = _words("first")
    step("warming up, as the service does", engine.warm)
    step("first query", lambda: engine.search(first))
    step(
        "first query with a filter",
        lambda: engine.search(replace(first, filters=parse("price<100", ("price",)).filters)),
    )
    step("first counts", lambda: engine.search(replace(first, facets=("price", "brand", "date", "kind"))))
    told.append(("private memory", private_mb() - before, "MB"))
    return asking, told


def exponent(measured: Sequence[Measured], what: str) -> float:
    """The slope of log p50 over log count."""
    rows = [row for row in measured if row.what == what]
    slope = np.polyfit(np.log10([row.count for row in rows]), np.log10([row.p50_ms for row in rows]), 1)[0]
    return float(slope)


def plot(path: Path, measured: Sequence[Measured]) -> None:
    import matplotlib as mpl
    import matplotlib.ticker

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8.6, 4.6))
    for what in dict.fromkeys(row.what for row in measured if "vectors" in row.what or "two telling" in row.what):
        rows = [row for row in measured if row.what == what]
        axes.loglog(
            [row.count for row in rows], [row.p50_ms for row in rows], "o-",
            label=f"{what}: count^{exponent(measured, what):.2f}",
        )  # fmt: skip
    axes.axhline(MOST_MS, color="grey", linestyle=":")
    axes.set(xlabel="passages", ylabel="p50 of a query, ms", title="A query through the engine, without encoding")
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(mpl.ticker.LogLocator(subs=(2, 5)))
    axes.yaxis.set_minor_formatter("{x:g}")
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def print_tables(measured: Sequence[Measured], told: Sequence[tuple[int, str, float, str]]) -> None:
    console = Console(width=130)
    table = Table("passages", "what it took", "")
    for count, name, value, unit in told:
        table.add_row(f"{count:,}", name, f"{value:.2f} {unit}")
    console.print(table)
    table = Table("passages", "query", "kept", "recall@10", ">= .98", "p50 ms", "p95 ms", "limit", "met", "cpu p50 ms")
    for row in measured:
        judged, limited = not np.isnan(row.recall), not np.isnan(row.limit_ms)
        table.add_row(
            f"{row.count:,}", row.what, f"{row.kept:,}",
            f"{row.recall:.3f}" if judged else "", ("yes" if row.recall >= LEAST_RECALL else "NO") if judged else "",
            f"{row.p50_ms:.1f}", f"{row.p95_ms:.1f}",
            f"{row.limit_ms:.0f}" if limited else "",
            ("yes" if row.p95_ms <= row.limit_ms else "NO") if limited else "",
            f"{row.cpu_p50_ms:.1f}",
        )  # fmt: skip
    console.print(table)
    for what in dict.fromkeys(row.what for row in measured) if len({row.count for row in measured}) > 1 else ():
        console.print(f"{what}: p50 grows with count^{exponent(measured, what):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the made libraries are kept")
    parser.add_argument("--real", type=Path, help="the library they are made of; kept in FOLDER too")
    parser.add_argument("--count", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--make", action="store_true", help="only make the libraries")
    parser.add_argument("--plot", type=Path, help="of several sizes, how the time of a query grows")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    real = real_of(given.folder, given.real)
    measured: list[Measured] = []
    told: list[tuple[int, str, float, str]] = []
    for count in given.count:
        made = made_library(given.folder, real, count)
        told += [(count, f"{name}, once", seconds, "s") for name, seconds in made.seconds.items()]
        if not given.make:
            asking, opening = opened(made, real, count)
            told += [(count, *each) for each in opening]
            measured += asking.rows()
            asking.library.close()
        if given.json is not None:
            given.json.write_text(json.dumps({"measured": [asdict(row) for row in measured], "told": told}, indent=1))
    print_tables(measured, told)
    if given.plot is not None and len(given.count) > 1:
        plot(given.plot, measured)


if __name__ == "__main__":
    main()
