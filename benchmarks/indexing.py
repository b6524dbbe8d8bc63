"""Pictures through the whole indexer against the encoder's forward pass alone, and against a naive loop.

    python -m benchmarks.indexing [--big 96] [--small 1500] [--encoder starter --encoder ViT-B-32]

`network` is the bare network on a batch that is ready, as torch runs it, each layer on all cores; `forward` is the same
pictures through the encoder, which cuts a batch into parts, one to a core (`sensorium/models/in_parts.py`).

Wall times suffer from whatever else runs on the machine; core times do not. So each row also says what a picture costs
in core milliseconds: its forward pass, its decoding, and everything else (IPC, thumbnails, prints, hashing, catalogue).
On a CPU all of these compete for the same cores: no indexer can be faster, relative to the forward pass, than the share
that the forward pass has of forward + decoding. That is the column `possible`; where it is below 0.9, the limit cannot
be met on such a machine by anybody. Starting the workers is told apart: it is the same for any number of pictures.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.pictures import draw_pictures
from sensorium.heap import keep_freed
from sensorium.indexer import index
from sensorium.library import Library
from sensorium.media.decoded import DECODED_PX, Limits
from sensorium.media.reader import decode
from sensorium.models.model_set import ModelSet, Recipe
from sensorium.models.profiles import profile
from sensorium.settings import Settings

if TYPE_CHECKING:
    import torch

    from sensorium.types import Pixels

LIMIT = 0.9
BATCH = 64
FEW = 8


@dataclass(frozen=True, slots=True)
class Tried:
    """An encoder among its models, and its network alone: what torch makes of a batch that is ready, [n, 3, h, w]."""

    models: ModelSet
    network: Callable[[torch.Tensor], object]


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one measurement: by the wall clock, and of cores, ours and those of our worker processes."""

    wall_s: float
    own_s: float
    workers_s: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--big", type=int, default=96, help="pictures of 12 megapixels")
    parser.add_argument("--small", type=int, default=1500, help="pictures of 500 × 375")
    parser.add_argument("--encoder", action="append", choices=("starter", "ViT-B-32"))
    chosen = parser.parse_args()
    keep_freed(block_mb=64, most_mb=256)  # as the indexer does: the forward pass alone shall gain as much by it
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        sets = {
            "small": draw_pictures(place / "small", chosen.small, (500, 375)),
            "12 MP": draw_pictures(place / "big", chosen.big, (4000, 3000)),
        }
        print(f"{os.cpu_count()} cores; {chosen.small} pictures of 500 × 375, {chosen.big} of 4000 × 3000\n")
        print("| encoder | pictures | network/s | forward/s | indexer/s | ÷ network | ÷ forward | naive/s | × naive "
              "| forward | decode | rest, core ms each | ÷ forward (cores) | possible | limit | start s |")  # fmt: skip
        print("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
        for name in chosen.encoder or ("starter", "ViT-B-32"):
            tried = _tried(name, place)
            for label, files in sets.items():
                print(_row(name, label, files, tried), flush=True)


def _row(name: str, label: str, files: list[Path], tried: Tried) -> str:
    count, models = len(files), tried.models
    few = files[: max(BATCH, count // 8)]
    seen = [models.pictures.view.see(_decoded(path)) for path in few[:BATCH]]  # type: ignore[union-attr]
    network_s = _network(tried, seen)
    before = _forward(models, seen)
    decoding = _measured(lambda: [_decoded(path) for path in few])
    start, whole = _indexed(few[:FEW], models), _indexed(files, models)
    after = _forward(models, seen)
    naive = _measured(lambda: _naive(few, models))
    forward_s = min(before.wall_s, after.wall_s)
    forward_core = min(before.own_s, after.own_s) * 1000
    decode_core = decoding.own_s / len(few) * 1000
    more = count - FEW
    total_core = (whole.own_s + whole.workers_s - start.own_s - start.workers_s) / more * 1000
    rate = more / (whole.wall_s - start.wall_s)
    naive_rate = len(few) / naive.wall_s
    return (
        f"| {name} | {label} | {1 / network_s:.0f} | {1 / forward_s:.0f} | {rate:.0f} "
        f"| {rate * network_s:.2f} | {rate * forward_s:.2f} | {naive_rate:.1f} "
        f"| {rate / naive_rate:.1f} | {forward_core:.1f} | {decode_core:.1f} "
        f"| {total_core - forward_core - decode_core:.1f} | {forward_core / total_core:.2f} "
        f"| {forward_core / (forward_core + decode_core):.2f} | {LIMIT} | {start.wall_s - FEW / rate:.1f} |"
    )


def _forward(models: ModelSet, seen: list[Pixels]) -> Cost:
    """One picture's share of a batch that is ready for the network: the best of three."""
    models.pictures.encode_pictures(seen)
    costs = [_measured(lambda: models.pictures.encode_pictures(seen)) for _ in range(3)]
    best = min(costs, key=lambda cost: cost.own_s)
    return Cost(min(cost.wall_s for cost in costs) / len(seen), best.own_s / len(seen))


def _network(tried: Tried, seen: list[Pixels]) -> float:
    """One picture's share, in seconds, of a batch through the bare network, as torch runs it: the best of three."""
    import torch

    batch = torch.from_numpy(np.stack(seen)).permute(0, 3, 1, 2).float().div(255).contiguous()
    with torch.inference_mode():
        return min(_measured(lambda: tried.network(batch)).wall_s for _ in range(3)) / len(seen)


def _indexed(files: list[Path], models: ModelSet) -> Cost:
    """A whole run into a new library, with models that are loaded."""
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open_or_create(Path(folder) / "library", "benchmark")
        settings = Settings(ocr="off", batch_size=BATCH)
        cost = _measured(lambda: _check(index(files, library, models, settings=settings), len(files)))
        library.close()
        return cost


def _check(summary: object, count: int) -> None:
    indexed = getattr(summary, "indexed", 0)
    if indexed != count:
        raise SystemExit(f"{indexed} of {count} pictures were indexed: {summary}")


def _naive(files: list[Path], models: ModelSet) -> None:
    """What one writes in an afternoon: open, encode, add, one picture after the other."""
    import faiss
    from PIL import Image

    index_of_all = faiss.IndexFlatIP(models.pictures.space.dimension)
    for path in files:
        pixels = np.asarray(Image.open(path).convert("RGB"))
        index_of_all.add(models.pictures.encode_pictures([pixels]))


def _decoded(path: Path) -> Pixels:
    limits = Limits.from_settings(Settings())
    pixels: Pixels = decode(path, limits, DECODED_PX)[1].pixels  # type: ignore[union-attr]
    return pixels


def _measured(what: Callable[[], object]) -> Cost:
    own, workers = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    what()
    wall_s = time.perf_counter() - began
    own_after, workers_after = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall_s, _cores(own_after) - _cores(own), _cores(workers_after) - _cores(workers))


def _cores(used: resource.struct_rusage) -> float:
    return used.ru_utime + used.ru_stime


def _tried(name: str, folder: Path) -> Tried:
    """The starter's models; or open_clip's ViT-B-32 with random weights, saved and loaded as a checkpoint is."""
    tried = _starter() if name == "starter" else _open_clip(name, folder / "random.safetensors")
    tried.models.pictures.encode_pictures([np.zeros((64, 64, 3), np.uint8)])
    tried.models.texts[0].encode_texts(["warm"])
    return tried


def _starter() -> Tried:
    from sensorium.models.picture_tower import load_picture_tower
    from sensorium.models.starter import STARTER_WEIGHTS

    network, _ = load_picture_tower(STARTER_WEIGHTS)
    return Tried(ModelSet("benchmark", profile("starter").build(Settings(ocr="off"))), network)


def _open_clip(name: str, weights: Path) -> Tried:
    import open_clip
    import torch
    from safetensors.torch import save_file

    from sensorium.models.open_clip_encoder import OpenClipEncoder, OpenClipModel

    torch.manual_seed(0)
    model = open_clip.create_model(name).eval()
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, weights)
    encoder = OpenClipEncoder(OpenClipModel(name, str(weights)), batch_size=BATCH)
    recipe = Recipe(pictures=lambda: encoder, texts=(lambda: encoder,))
    return Tried(ModelSet("benchmark", recipe), model.encode_image)


if __name__ == "__main__":
    main()
