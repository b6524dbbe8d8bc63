"""A judged text collection, searched by all channels together, by each alone, and by txtai where it is installed.

    python -m benchmarks.text_judged FOLDER… [--library DIR] [--queries 300]

A FOLDER is in the form of BEIR (Thakur et al., 2021): `corpus.jsonl` (`_id`, `title`, `text`), `queries.jsonl` (`_id`,
`text`) and `qrels/test.tsv` (query, document, grade, tabs between, with a line of headings). Every document becomes a
text file, named by its place and not by what it is about, and is indexed as any other; a document that is cut is found
by its best passage. txtai is given the same passages and the same MiniLM files. `--library` keeps the libraries, a
folder for each collection, so that the next run need not index.

nDCG@10 with linear gains, as trec_eval has it. Held against: all channels together are above each alone. Whether that
is chance says the 95 % interval of the difference to the better one, over resamples of the queries (paired bootstrap).
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.txtai_compare import Search, cut_texts, searches, txtai_line
from sensorium.cli.shared import calibrate
from sensorium.indexer import index
from sensorium.library import Library
from sensorium.models.minilm import find_minilm
from sensorium.models.model_set import ModelSet
from sensorium.models.profiles import load_models
from sensorium.settings import Settings, load_settings

FIRST = 10
RESAMPLES = 2000
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """Texts by file name; queries, and for each of them the grades of the right files by name."""

    texts: Mapping[str, str]
    queries: Sequence[str]
    grades: Sequence[Mapping[str, int]]


def read_judged(folder: Path, *, most: int = 0) -> Judged:
    """A collection with its first `most` queries (0: all) that have a right answer."""
    texts, names = {}, {}
    for number, row in enumerate(_rows(folder / "corpus.jsonl")):
        names[row["_id"]] = f"d{number:07}.txt"
        texts[names[row["_id"]]] = "\n\n".join(filter(None, (row.get("title"), row["text"])))
    right: dict[str, dict[str, int]] = {}
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8", newline="") as lines:
        for query, document, grade in list(csv.reader(lines, delimiter="\t"))[1:]:
            if int(grade) > 0 and document in names:
                right.setdefault(query, {})[names[document]] = int(grade)
    asked = {row["_id"]: _plain(row["text"]) for row in _rows(folder / "queries.jsonl") if row["_id"] in right}
    chosen = list(asked)[: most or None]
    return Judged(texts, [asked[one] for one in chosen], [right[one] for one in chosen])


def _plain(query: str) -> str:
    """Nobody typed it in the language of queries: its straight quotes ask for no phrase."""
    return query.replace('"', "”")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def indexed(judged: Judged, folder: Path, models: ModelSet, settings: Settings) -> Library:
    """The library of a collection, below `folder`; what is there already is not read again."""
    files = folder / "files"
    files.mkdir(parents=True, exist_ok=True)
    for name, text in judged.texts.items():
        if not (files / name).exists():
            (files / name).write_text(text, "utf-8")
    library = Library.open_or_create(folder / "library", settings.profile)
    index([files], library, models, settings=settings)
    calibrate(library, models)
    return library


def ndcg(found: Sequence[str], grades: Mapping[str, int]) -> float:
    """nDCG@10 of names, best first, with linear gains (Järvelin and Kekäläinen, 2002, as trec_eval computes it)."""
    discounts = 1 / np.log2(np.arange(2, FIRST + 2))
    gains = np.array([grades.get(name, 0) for name in found[:FIRST]], np.float64)
    best = np.array(sorted(grades.values(), reverse=True)[:FIRST], np.float64)
    return float(gains @ discounts[: len(gains)]) / float(best @ discounts[: len(best)])


def interval(differences: Values) -> tuple[float, float]:
    """What holds 95 % of the means of resamples of float64[q]."""
    draws = np.random.default_rng(0).integers(len(differences), size=(RESAMPLES, len(differences)))
    low, high = np.percentile(differences[draws].mean(axis=1), (2.5, 97.5))
    return float(low), float(high)


def compare(folder: Path, kept: Path, models: ModelSet, arguments: argparse.Namespace) -> tuple[list[str], float]:
    """The cells of a collection's line, and by how much all channels are above the better alone."""
    settings = load_settings()
    judged = read_judged(folder, most=arguments.queries)
    library = indexed(judged, kept / folder.name, models, settings)
    lines: list[tuple[str, Search]] = searches(library, models, settings)
    if find_spec("txtai"):
        texts, model = cut_texts(library, models), find_minilm(settings)
        for name, options in (("txtai dense", {}), ("txtai hybrid", {"hybrid": True})):
            lines.append((name, txtai_line(name, texts, model, **options).search))
    asked = list(zip(judged.queries, judged.grades, strict=True))
    scores = {
        name: np.array([ndcg(search(query), grades) for query, grades in track(asked, name, transient=True)])
        for name, search in lines
    }
    library.close()
    ours, dense, words, *_ = scores.values()
    gain = ours - max(dense, words, key=np.mean)
    low, high = interval(gain)
    means = [f"{own.mean():.4f}" for own in scores.values()]
    told = f"{gain.mean():+.4f} [{low:+.4f}, {high:+.4f}]"
    cells = [folder.name, str(len(judged.texts)), str(len(asked)), *means, *[""] * (5 - len(means)), told]
    return cells, float(gain.mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--library", type=Path, help="Keeps the libraries here.")
    parser.add_argument("--queries", type=int, default=0, help="So many of each collection at most.")
    arguments = parser.parse_args()
    for folder in arguments.folders:
        if not (folder / "corpus.jsonl").is_file():
            parser.error(f"{folder} holds no corpus.jsonl: name a folder in the form of BEIR.")
    columns = ("all channels", "dense alone", "BM25 alone", "txtai dense", "txtai hybrid")
    table = Table("nDCG@10", "texts", "queries", *columns, "above the better alone")
    limits: list[str] = []
    models = load_models(load_settings(), load_settings().profile)
    place = nullcontext(arguments.library) if arguments.library else tempfile.TemporaryDirectory()
    with suppress(KeyboardInterrupt), place as kept:
        for folder in arguments.folders:
            print(f"{folder.name} …", file=sys.stderr)
            cells, gain = compare(folder, Path(kept), models, arguments)
            table.add_row(*cells)
            limits.append(f"{folder.name}: {gain:+.4f} (limit 0): {'held' if gain > 0 else 'NOT HELD'}")
    Console().print(table)
    print(*limits, sep="\n")


if __name__ == "__main__":
    main()
