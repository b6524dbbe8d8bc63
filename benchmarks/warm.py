"""A warm query by words against what it cannot do without: encoding the words, and FAISS on the same vectors.

    python -m benchmarks.warm CORPUS --library DIR [--queries 200]

Asked are distinct queries of CORPUS, none twice, so that no vector of a query is remembered. Each is answered by the
engine and, beside it in turns, encoded by the same encoder and looked up in bare FAISS indexes of every channel the
engine asks. Held against: the median of a whole query is at most 1.25 times the median of encoding plus FAISS.

DIR may be a library that `benchmarks/million.py` made, of a million passages say: the same words are encoded by the
same model there, the starter's, whose vectors it was made of.

What FAISS is asked depends on the library's own index of a channel:
- flat: an IndexFlatIP of the same vectors, 100 neighbours;
- trained: the FAISS object in the index's own file, with the effort (nprobe) and as many candidates as the engine has
  it asked with. Where its own order of them does not reach a recall of .98 (ten nearest, against a scan), scoring them
  by the stored vectors belongs to the base, as one NumPy product: codes of one bit a dimension name candidates only.
Full-text search is in no base; the second table shows what the steps of a query take. It runs while words are encoded.

The library is only read. Its files are read through before the clock counts: nothing waits for the disk.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.made_library import encoding_models
from sensorium.cli.shared import load_models, open_engine
from sensorium.library import DATABASE, Library
from sensorium.media.reader import MediaReader
from sensorium.search.corpus import read_corpus
from sensorium.search.engine import DEPTH, Engine
from sensorium.settings import load_settings
from sensorium.types import Channel, Modality, Part, Query
from sensorium.vectors.effort import RECALL, RECALL_AT, recall
from sensorium.vectors.recipes import RECIPES
from sensorium.vectors.scan import scan
from sensorium.vectors.snapshot import Snapshot
from sensorium.vectors.snapshot_file import read_contents

if TYPE_CHECKING:
    from sensorium.models.protocols import TextEncoder
    from sensorium.types import Matrix
    from sensorium.vectors.protocol import Ids
    from sensorium.vectors.stored_rows import StoredRows

LIMIT = 1.25
FIRST = 20
"""Queries asked before the clock counts."""
JUDGED = 150


def queries_of(corpus: Path, count: int) -> list[str]:
    """So many distinct texts that are asked in the corpus, in a fixed order by chance; all where there are fewer."""
    texts = {judged.part.text for judged in read_corpus(corpus) if judged.part.modality is Modality.TEXT}
    drawn = sorted(texts)
    random.Random(0).shuffle(drawn)
    return drawn[:count]


@dataclass(frozen=True, slots=True)
class Bare:
    """A channel's index without anything of ours. `ids` and `rows` are those of a trained one, for exact scores."""

    channel: Channel
    encoder: TextEncoder
    index: Any
    count: int = DEPTH
    options: Any = None
    ids: Ids | None = None
    rows: StoredRows | None = None

    def candidates(self, vector: Matrix, count: int) -> Ids:
        found: Ids = self.index.search(vector, count, params=self.options)[1][0]
        return found

    def search(self, vector: Matrix) -> Ids:
        found = self.candidates(vector, self.count)
        if self.rows is None or self.ids is None:
            return found
        scores = self.rows[np.searchsorted(self.ids, found)].astype(np.float32) @ vector[0]
        return found[np.argsort(-scores)[:DEPTH]]


def bare_indexes(engine: Engine, texts: Sequence[str]) -> list[Bare]:
    """An index for each channel with vectors in the space of a text encoder; says what each is."""
    notes = {(note.space, note.channel): note for note in engine.library.indexes.notes()}
    found = []
    for encoder in engine.models.texts:
        for channel in Channel:
            note = notes.get((encoder.space.name, channel))
            if encoder.space not in engine.models.spaces_for(channel) or note is None:
                continue
            if note.kind in RECIPES:
                path = engine.library.indexes.files.path(encoder.space, channel, note.kind)
                found.append(_trained(path, note.kind, channel, encoder, texts))
                continue
            vectors = engine.library.vectors(encoder.space, channel)[1]
            index: Any = faiss.IndexFlatIP(encoder.space.dimension)
            if len(vectors):
                index.add(vectors)
                found.append(Bare(channel, encoder, index))
                print(f"{channel}: IndexFlatIP of {len(vectors):,}, {DEPTH} neighbours")
    return found


def _trained(path: Path, kind: str, channel: Channel, encoder: TextEncoder, texts: Sequence[str]) -> Bare:
    contents = read_contents(path, kind, checked=True)
    snapshot = Snapshot(contents, RECIPES[kind], path)
    effort, count = snapshot.effort_for(len(snapshot)), snapshot.fetched(DEPTH)
    options = snapshot.options(effort)
    scored = Bare(channel, encoder, contents.trained, count, options, np.asarray(contents.ids), contents.rows)
    vectors = encoder.encode_texts(list(texts[:JUDGED]))
    expected = scan(contents.ids, contents.rows, vectors, RECALL_AT).ids
    codes, exact = (
        recall(np.stack([look(vector[None])[:RECALL_AT] for vector in vectors]), expected)
        for look in (lambda vector: scored.candidates(vector, count), scored.search)
    )
    needed = codes < RECALL
    print(
        f"{channel}: {kind} of {len(snapshot):,}, effort {effort}, {count} candidates; recall@{RECALL_AT} {codes:.3f} "
        f"by codes, {exact:.3f} scored by vectors, which is {'part' if needed else 'no part'} of the base"
    )
    return scored if needed else Bare(channel, encoder, contents.trained, count, options)


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


Times = dict[str, list[float]]


def measure(engine: Engine, indexes: Sequence[Bare], texts: Sequence[str]) -> tuple[Times, Times]:
    """Milliseconds of every query, by what was timed, and of the whole query's steps."""
    rows, steps = [], defaultdict(list)
    for number, text in enumerate(texts):
        encoded: dict[Any, Any] = {}

        def ask(text: str = text) -> None:
            answer = engine.search(Query((Part(Modality.TEXT, text=text),), limit=10))
            for step in answer.steps:
                steps[f"{step.channel}: {step.matcher}"].append(step.took_ms)

        def encode(text: str = text, encoded: dict[Any, Any] = encoded) -> None:
            encoded.update({encoder.space: encoder.encode_texts([text]) for encoder in engine.models.texts})

        def look_up(encoded: dict[Any, Any] = encoded) -> None:
            for bare in indexes:
                bare.search(encoded[bare.encoder.space])

        order = (ask, encode, look_up) if number % 2 else (encode, look_up, ask)
        took = dict(zip(order, map(timed, order), strict=True))
        rows.append((took[ask], took[encode], took[look_up]))
    whole, encoding, near = (list(column) for column in zip(*rows[FIRST:] or rows, strict=True))
    return {"whole query": whole, "encoding": encoding, "FAISS": near}, steps


def opened(folder: Path) -> Engine:
    """An engine that is warm; of a made library one that encodes with the starter's model."""
    library = Library.open(folder.resolve())
    if library.profile != "made":
        library.close()
        engine = open_engine(folder)
    else:
        settings = load_settings()
        encoder = load_models(settings, "starter").texts[0]
        engine = Engine(library, encoding_models(encoder), MediaReader(settings))
    engine.warm()
    for path in (engine.library.folder / DATABASE, *engine.library.indexes.files.folder.iterdir()):
        with path.open("rb", buffering=0) as file:  # what the system holds of files it may have let go of
            while file.read(1 << 20):
                pass
    return engine


def table_of(title: str, times: Times) -> Table:
    table = Table(title, "median ms", "95th percentile")
    for name, values in times.items():
        table.add_row(name, f"{np.median(values):.2f}", f"{np.quantile(values, 0.95):.2f}")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=200)
    arguments = parser.parse_args()
    engine = opened(arguments.library)
    texts = queries_of(arguments.corpus, arguments.queries + FIRST)
    found, steps = measure(engine, bare_indexes(engine, texts), texts)
    base = [sum(pair) for pair in zip(found["encoding"], found["FAISS"], strict=True)]
    rest = [whole - least for whole, least in zip(found["whole query"], base, strict=True)]
    console = Console()
    console.print(table_of("warm query by words", found | {"encoding + FAISS": base, "the rest of the query": rest}))
    console.print(table_of("step of the query", steps))
    ratio = float(np.median(found["whole query"]) / np.median(base))
    print(f"whole / (encoding + FAISS) = {ratio:.2f}, limit {LIMIT}: {'held' if ratio <= LIMIT else 'NOT HELD'}")


if __name__ == "__main__":
    main()
