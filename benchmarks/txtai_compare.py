"""Texts indexed and searched by Sensorium and by txtai, with the same MiniLM files, the same texts, in one run.

    pip install --no-deps --target /tmp/txtai txtai      # all it needs beside that is here
    PYTHONPATH=/tmp/txtai:$PYTHONPATH python -m benchmarks.txtai_compare CORPUS [--texts 1400] [--queries 300]

Takes three minutes for the passages and six for the documents; `--documents 20` takes only so many of these.

Two collections (`--collection` chooses one): `passages`, short texts made of CORPUS' documents with known-item queries
(benchmarks/text_collection.py), each written to a file of its own for Sensorium and given as a string to txtai; and
`documents`, the documents of CORPUS with the questions and definitions that are judged, which Sensorium reads itself
and txtai is given as the passages that Sensorium has cut (a document is found by its best passage).

Columns: texts indexed a second, from nothing to searchable (Sensorium: files read, calibrated, saved; txtai: strings;
loading models left out of both, and nothing remembered from a library before); queries a second, one at a time, warm;
nDCG@10. Dense and BM25 alone are Sensorium's own channels. Held against: Sensorium indexes at least 1.15 times as fast
as the faster of txtai's lines, searches faster than both, and its nDCG@10 is higher than that of all other lines.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.text_collection import make_collection
from sensorium.cli.shared import calibrate
from sensorium.indexer import index
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.models.minilm import find_minilm
from sensorium.models.model_set import ModelSet
from sensorium.models.profiles import load_models
from sensorium.search.corpus import read_corpus
from sensorium.search.engine import DEPTH, Engine
from sensorium.search.measures import MEASURES, Judgement, measure
from sensorium.search.rerank import make_reranker
from sensorium.settings import Settings
from sensorium.types import Channel, Modality, Part, Query
from sensorium.wording import read_wording

TASKS = ("definition-to-document", "question-to-document")
INDEXING = 1.15
"""How many times as fast as txtai Sensorium must index."""
NDCG = MEASURES.index("nDCG@10")
Search = Callable[[str], list[str]]
"""A query's answers by the names of their files, best first, each once."""


@dataclass(frozen=True, slots=True)
class Task:
    """Files to index and what is asked of them: the names of the right files by query."""

    files: Sequence[Path]
    queries: Mapping[str, frozenset[str]]


@dataclass(slots=True)
class Line:
    """A line of the table. `texts` a second is not there for a part of an engine."""

    name: str
    search: Search
    texts_s: float | None = None
    core_ms: float | None = None
    """Of all cores together, for a text indexed: unlike the time, hardly more on a machine that is busy."""
    took_s: list[float] = field(default_factory=list)
    found: list[list[str]] = field(default_factory=list)


def passages(corpus: Path, folder: Path, size: argparse.Namespace) -> Task:
    made = make_collection(corpus, texts=size.texts, queries=size.queries)
    folder.mkdir()
    for name, text in made.texts.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")
    right = {query: frozenset(f"{name}.txt" for name in names) for query, names in made.queries.items()}
    return Task(sorted(folder.iterdir()), right)


def documents(corpus: Path, _folder: Path, size: argparse.Namespace) -> Task:
    every = [path.resolve() for path in sorted((corpus / "documents").rglob("*")) if path.is_file()]
    files = every[:: max(1, len(every) // size.documents)] if size.documents else every
    judged = [one for one in read_corpus(corpus, TASKS) if not set(files).isdisjoint(one.relevant)]
    judged = judged[:: max(1, len(judged) // size.queries)]
    return Task(files, {one.part.text: frozenset(path.name for path in one.relevant) for one in judged})


COLLECTIONS = {"passages": passages, "documents": documents}


def sensorium_lines(task: Task, folder: Path, models: ModelSet, settings: Settings) -> tuple[list[Line], Library]:
    started, before = time.perf_counter(), cores_s()
    library = Library.open_or_create(folder, settings.profile)
    index(task.files, library, models, settings=settings)
    calibrate(library, models)
    took_s, worked_s = time.perf_counter() - started, cores_s() - before
    texts = library.segment_counts()[Channel.TEXT]
    whole, *parts = searches(library, models, settings)
    return [Line(*whole, texts / took_s, 1000 * worked_s / texts), *(Line(*part) for part in parts)], library


def searches(library: Library, models: ModelSet, settings: Settings) -> list[tuple[str, Search]]:
    """By name: all channels of a library together, then meaning and words of its texts alone."""
    engine = Engine(library, models, MediaReader(settings), make_reranker(settings))
    engine.warm()
    names = {item_id: path.name for path, item_id in library.items_by_path().items()}
    encoder = models.texts[0]

    def ours(query: str) -> list[str]:
        hits = engine.search(Query((Part(Modality.TEXT, text=query),), limit=10, fold=False)).hits
        return [hit.item.path.name for hit in hits]

    def of_segments(ids: Sequence[int]) -> list[str]:
        held = library.segments(ids)
        return list(dict.fromkeys(names[held[id_].item_id] for id_ in ids))

    def dense(query: str) -> list[str]:
        near = library.nearest(encoder.space, Channel.TEXT, encoder.encode_texts([query]), DEPTH)
        return of_segments([id_ for id_ in near.ids[0].tolist() if id_ >= 0])

    def words(query: str) -> list[str]:
        return of_segments([id_ for id_, _ in library.find_words(Channel.TEXT, read_wording(query), DEPTH)])

    return [("Sensorium", ours), ("dense alone", dense), ("BM25 alone", words)]


def cut_texts(library: Library, models: ModelSet) -> list[tuple[str, str]]:
    """(file name, text) of every passage that Sensorium has cut."""
    paths = {item_id: path.name for path, item_id in library.items_by_path().items()}
    ids, _ = library.vectors(models.texts[0].space, Channel.TEXT)
    return [(paths[one.item_id], one.text or "") for one in library.segments(ids.tolist()).values()]


def txtai_line(name: str, texts: Sequence[tuple[str, str]], model: Path, **options: Any) -> Line:
    """`texts` are (file name, text)."""
    from txtai.embeddings import Embeddings  # type: ignore[import-not-found]

    embeddings = Embeddings(path=str(model), content=True, **options)
    embeddings.batchtransform(["loads the model"])
    started, before = time.perf_counter(), cores_s()
    embeddings.index([(number, text, None) for number, (_, text) in enumerate(texts)])
    took_s, worked_s = time.perf_counter() - started, cores_s() - before

    def search(query: str) -> list[str]:
        # its SQL is not asked: that would parse the query's quotes
        found = embeddings.batchsearch([query.replace(";", " ")], DEPTH)[0]
        return list(dict.fromkeys(texts[int(one["id"])][0] for one in found))

    return Line(name, search, len(texts) / took_s, 1000 * worked_s / len(texts))


def cores_s() -> float:
    """What this process and those it has ended have had of the cores so far."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def ask(lines: Sequence[Line], queries: Sequence[str]) -> None:
    """Every query of every line, in turns; the first few are asked once before, for the warmth."""
    for line in lines:
        for query in queries[:3]:
            line.search(f"{query} again")
    for number, query in enumerate(queries):
        for line in (*lines[number % len(lines) :], *lines[: number % len(lines)]):
            started = time.perf_counter()
            found = line.search(query)
            line.took_s.append(time.perf_counter() - started)
            line.found.append(found[:10])


def compare(name: str, task: Task, folder: Path, settings: Settings) -> None:
    print(f"{name}: {len(task.files)} files, {len(task.queries)} queries", file=sys.stderr)
    models = load_models(settings, settings.profile)
    note = folder.with_name(f"{name}-first") / "note.txt"
    note.parent.mkdir()
    note.write_text("Whoever indexes this has loaded the models.")
    sensorium_lines(Task([note], {}), note.parent / "library", models, settings)[1].close()
    lines, library = sensorium_lines(task, folder, models, settings)
    texts = cut_texts(library, models)
    model = find_minilm(settings)
    lines += [txtai_line("txtai dense", texts, model), txtai_line("txtai hybrid", texts, model, hybrid=True)]
    ask(lines, list(task.queries))
    table = Table(
        f"{name}: {len(texts)} texts, {len(task.queries)} queries", "texts/s", "core ms/text", "queries/s", "nDCG@10"
    )
    scores, rates = {}, {}
    for line in lines:
        judged = [Judgement(found, right) for found, right in zip(line.found, task.queries.values(), strict=True)]
        scores[line.name] = float(measure(judged)[:, NDCG].mean())
        rates[line.name] = 1 / float(np.median(line.took_s))
        texts_s = "" if line.texts_s is None else f"{line.texts_s:.1f}"
        core_ms = "" if line.core_ms is None else f"{line.core_ms:.1f}"
        table.add_row(line.name, texts_s, core_ms, f"{rates[line.name]:.1f}", f"{scores[line.name]:.4f}")
    Console().print(table)
    print_limits(name, lines, rates, scores)
    library.close()


def print_limits(name: str, lines: Sequence[Line], rates: Mapping[str, float], scores: Mapping[str, float]) -> None:
    ours, *others = lines
    theirs = max(line.texts_s for line in others if line.texts_s is not None)
    faster = max((line for line in others if line.texts_s is not None), key=lambda line: rates[line.name])
    indexing, searching = (ours.texts_s or 0) / theirs, rates[ours.name] / rates[faster.name]
    best = max(others, key=lambda line: scores[line.name])
    gain = scores[ours.name] - scores[best.name]
    for told, holds in (
        (f"texts indexed/s, times the faster of txtai's: {indexing:.2f} (limit {INDEXING})", indexing >= INDEXING),
        (f"queries/s, times {faster.name}: {searching:.2f} (limit 1)", searching > 1),
        (f"nDCG@10, above the best other line ({best.name}): {gain:+.4f} (limit 0)", gain > 0),
    ):
        print(f"{name}, {told}: {'held' if holds else 'NOT HELD'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--collection", choices=COLLECTIONS, action="append")
    parser.add_argument("--texts", type=int, default=1400, help="Texts of the passages.")
    parser.add_argument("--documents", type=int, default=0, help="So many of the documents; all where not given.")
    parser.add_argument("--queries", type=int, default=300, help="Queries of each collection at most.")
    arguments = parser.parse_args()
    with suppress(KeyboardInterrupt), tempfile.TemporaryDirectory() as folder:
        for name in arguments.collection or COLLECTIONS:
            make = COLLECTIONS[name]
            task = make(arguments.corpus, Path(folder) / f"{name}-files", arguments)
            compare(name, task, Path(folder) / name, Settings(cache_folder=Path(folder) / f"{name}-cache"))


if __name__ == "__main__":
    main()
