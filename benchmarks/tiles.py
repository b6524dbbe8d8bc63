"""What encoding parts of pictures costs, and what it finds: R@k of words for pictures, by the whole and by its parts.

    python benchmarks/tiles.py CORPUS [--profile starter]

Pictures of the corpus' photos folder are ranked by the best of their vectors, without any text. Held against: the
shipped default (`SENSORIUM_TILES`) must be within .02 of the best R@10 over all queries for each encoding it spends.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from sensorium.indexer.tiles import tile_share, tiles
from sensorium.media.decoded import DECODED_PX, Limits
from sensorium.media.pictures import decode_picture
from sensorium.models.model_set import ModelSet
from sensorium.models.profiles import load_models
from sensorium.settings import load_settings

ACROSS = (0, 2, 3)
TASKS = ("text-to-photo", "label-to-photo", "text-to-figure")
BATCH = 64


def encoded(paths: list[Path], across: int, models: ModelSet, limits: Limits) -> tuple[Any, Any, float]:
    """Vectors float32[n, d] and, for each, the place of its picture; and the seconds that encoding them took."""
    shorter_px = max(DECODED_PX, round(models.pictures.input_px / tile_share(max(1, across))))
    owners, rows, waiting, seconds = [], [], [], 0.0
    for place, path in enumerate(paths):
        whole = decode_picture(path, limits, shorter_px=shorter_px).pixels
        parts = [whole, *(part for _, part in tiles(whole, across))]
        waiting += parts
        owners += [place] * len(parts)
        if len(waiting) >= BATCH or place == len(paths) - 1:
            begun = time.process_time()
            rows.append(models.pictures.encode_pictures(waiting))
            seconds += time.process_time() - begun
            waiting = []
    return np.concatenate(rows), np.array(owners), seconds


def ranks(queries: Any, vectors: Any, owners: Any, right: list[set[int]], count: int) -> list[int]:
    """The rank, from 1, of the first right picture for each query."""
    found = []
    for query, wanted in zip(queries, right, strict=True):
        best = np.full(count, -1.0)
        np.maximum.at(best, owners, vectors @ query)
        found.append(1 + min(int((best > best[place]).sum()) for place in wanted))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--profile", default="starter")
    given = parser.parse_args()
    settings = load_settings()
    models, limits = load_models(settings, given.profile), Limits.from_settings(settings)
    rows = [json.loads(line) for line in (given.corpus / "manifest.jsonl").read_text("utf-8").splitlines()]
    places = {row["id"]: place for place, row in enumerate(row for row in rows if row["file"].startswith("photos/"))}
    paths = [given.corpus / row["file"] for row in rows if row["id"] in places]
    judged = defaultdict(list)
    for line in (given.corpus / "queries.jsonl").read_text("utf-8").splitlines():
        query = json.loads(line)
        if query["task"] in TASKS:
            judged[query["task"]].append((query["text"], {places[i] for i in query["relevant"] if i in places}))
    table = Table("parts across", "vectors", "CPU s", "× whole", *(f"{task} R@1/5/10" for task in TASKS), "all R@10")
    encoder, base = models.text_encoder_for(models.pictures.space), 0.0
    for across in ACROSS:
        vectors, owners, seconds = encoded(paths, across, models, limits)
        base = base or seconds
        cells, every = [], []
        for task in TASKS:
            texts, right = zip(*judged[task], strict=True)
            found = ranks(encoder.encode_texts(texts), vectors, owners, list(right), len(paths))
            cells.append("/".join(f"{np.mean([rank <= k for rank in found]):.3f}" for k in (1, 5, 10)))
            every += found
        overall = f"{np.mean([rank <= 10 for rank in every]):.3f}"
        table.add_row(str(across), str(len(vectors)), f"{seconds:.0f}", f"{seconds / base:.1f}", *cells, overall)
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
