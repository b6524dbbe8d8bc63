"""A warm query by words against what it cannot do without: encoding the words, and FAISS on the same vectors.

    python -m benchmarks.warm CORPUS --library DIR [--queries 200]

Asked are distinct queries of CORPUS, none twice, so that no vector of a query is remembered. Each is answered by the
engine and, beside it in turns, encoded by the same encoder and looked up in plain FAISS indexes (IndexFlatIP) that hold
the vectors of every channel the engine asks, 100 of each. Held against: the median of a whole query is at most 1.25
times the median of encoding plus FAISS. The library is only read.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from rich.console import Console
from rich.table import Table

from sensorium.cli.shared import open_engine
from sensorium.library import Library
from sensorium.models.model_set import ModelSet
from sensorium.search.corpus import read_corpus
from sensorium.search.engine import DEPTH, Engine
from sensorium.types import Channel, Modality, Part, Query

LIMIT = 1.25
FIRST = 20
"""Queries asked before the clock counts."""


def queries_of(corpus: Path, count: int) -> list[str]:
    """So many distinct texts that are asked in the corpus, in a fixed order by chance; all where there are fewer."""
    texts = {judged.part.text for judged in read_corpus(corpus) if judged.part.modality is Modality.TEXT}
    drawn = sorted(texts)
    random.Random(0).shuffle(drawn)
    return drawn[:count]


def plain_indexes(library: Library, models: ModelSet) -> list[tuple[Any, Any]]:
    """(encoder, index) for each channel with vectors in the space of a text encoder."""
    found = []
    for encoder in models.texts:
        for channel in Channel:
            if encoder.space in models.spaces_for(channel):
                vectors = library.vectors(encoder.space, channel)[1]
                if len(vectors):
                    index: Any = faiss.IndexFlatIP(encoder.space.dimension)
                    index.add(vectors)
                    found.append((encoder, index))
    return found


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


def measure(engine: Engine, models: ModelSet, texts: Sequence[str]) -> dict[str, np.ndarray]:
    """Milliseconds of every query, float64[n], by what was timed."""
    indexes = plain_indexes(engine.library, models)
    rows = []
    for number, text in enumerate(texts):
        whole = (lambda text=text: engine.search(Query((Part(Modality.TEXT, text=text),), limit=10)),)
        encoded: dict[Any, Any] = {}

        def encode(text: str = text, encoded: dict[Any, Any] = encoded) -> None:
            encoded.update({encoder.space: encoder.encode_texts([text]) for encoder in models.texts})

        def look_up(encoded: dict[Any, Any] = encoded) -> None:
            for encoder, index in indexes:
                index.search(encoded[encoder.space], DEPTH)

        order = (*whole, encode, look_up) if number % 2 else (encode, look_up, *whole)
        took = dict(zip(order, map(timed, order), strict=True))
        rows.append((took[whole[0]], took[encode], took[look_up]))
    columns = np.array(rows[FIRST:] or rows).T
    return dict(zip(("whole query", "encoding", "FAISS"), columns, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=200)
    arguments = parser.parse_args()
    engine = open_engine(arguments.library)
    engine.warm()
    found = measure(engine, engine.models, queries_of(arguments.corpus, arguments.queries + FIRST))
    found["encoding + FAISS"] = found["encoding"] + found["FAISS"]
    found["the rest of the query"] = found["whole query"] - found["encoding + FAISS"]
    table = Table("warm query by words", "median ms", "95th percentile")
    for name, values in found.items():
        table.add_row(name, f"{np.median(values):.2f}", f"{np.quantile(values, 0.95):.2f}")
    Console().print(table)
    ratio = float(np.median(found["whole query"]) / np.median(found["encoding + FAISS"]))
    print(f"whole / (encoding + FAISS) = {ratio:.2f}, limit {LIMIT}: {'held' if ratio <= LIMIT else 'NOT HELD'}")


if __name__ == "__main__":
    main()
