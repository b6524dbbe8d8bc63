"""The starter picture tower on the validation pictures of the training pools: `python -m benchmarks.starter_pictures`.

Beside it stands its teacher (the frozen backbone with a trained head), where the training's work folder is there.
"""

from __future__ import annotations

import argparse
import io
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from sensorium.models.picture_tower import load_picture_tower, preprocess
from training.config import Settings, load_settings
from training.evaluate import CHUNK
from training.head import head_path, open_head
from training.measures import CLOTHING, Trial, captions_trial, class_trial, ranks, zero_shot_hits
from training.pairs import Pair, read_pairs
from training.teach import view_path
from training.textspace import encode

WEIGHTS = Path("sensorium/models/weights/starter-picture.safetensors")
RESAMPLES = 2000
# Least figure of the student, by column: below it the starter is not worth shipping.
LIMITS = {"Flickr8k R@10": ".45 (aim .62)", "Myntra R@10": ".85", "clothing accuracy": ".70", "pictures/s": "100"}
Rows = NDArray[np.float32]
Vectors = dict[int, Rows]  # by picture number


@dataclass(frozen=True, slots=True)
class Outcome:
    """A share of hits with the pictures that the queries belong to, which are what is resampled."""

    name: str
    pool: int
    hits: NDArray[np.bool_]  # [q]
    owners: NDArray[np.int64]  # [q]

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{self.hits.mean():.3f} [{low:.3f}, {high:.3f}]"

    def interval(self) -> tuple[float, float]:
        """95 % by bootstrap over pictures: the five captions of one picture are not five independent trials."""
        rng = np.random.default_rng(0)
        owners, places = np.unique(self.owners, return_inverse=True)
        hits = np.bincount(places, self.hits)
        queries = np.bincount(places)
        drawn = rng.integers(len(owners), size=(RESAMPLES, len(owners)))
        shares = hits[drawn].sum(axis=1) / queries[drawn].sum(axis=1)
        low, high = np.percentile(shares, [2.5, 97.5])
        return float(low), float(high)


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("training/starter.toml"))
    settings = load_settings(parser.parse_args().config)
    torch.set_num_threads(2)
    pairs = read_pairs(settings.paths.pools)
    trials = [
        ("Flickr8k", captions_trial(pairs, "flickr8k_224", first_text_only=False)),
        ("Myntra", captions_trial(pairs, "myntra_fashion_224", first_text_only=True)),
    ]
    wanted = [number for number, pair in enumerate(pairs) if pair.split == "val"]
    vectors, speed = _student(settings, pairs, wanted)
    columns = [_outcomes(vectors, trials, pairs)]
    if head_path(settings.paths.work).exists():
        columns.append(_outcomes(_teacher(settings, wanted), trials, pairs))
    _print_table(columns, speed)


def _student(settings: Settings, pairs: list[Pair], wanted: list[int]) -> tuple[Vectors, float]:
    """The exported tower's vectors, and pictures per second of its forward pass in batches."""
    tower, config = load_picture_tower(WEIGHTS)
    pixels = {n: preprocess(image, config) for n, image in _pictures(settings, pairs, wanted).items()}
    found, seconds = [], 0.0
    with torch.inference_mode():
        for start in range(0, len(wanted), CHUNK):
            batch = torch.stack([pixels[number] for number in wanted[start : start + CHUNK]])
            began = time.perf_counter()
            found.append(tower(batch).numpy())
            seconds += time.perf_counter() - began
    return dict(zip(wanted, np.concatenate(found), strict=True)), len(wanted) / seconds


def _pictures(settings: Settings, pairs: list[Pair], wanted: list[int]) -> dict[int, Image.Image]:
    number_of = {pairs[number].key: number for number in wanted}
    found = {}
    for shard in sorted({pairs[number].shard for number in wanted}):
        with tarfile.open(settings.paths.pools / shard) as tar:
            for member in tar:
                number = number_of.get(Path(member.name).stem)
                content = tar.extractfile(member)
                if number is not None and content is not None:
                    found[number] = Image.open(io.BytesIO(content.read())).convert("RGB")
    return found


def _teacher(settings: Settings, wanted: list[int]) -> Vectors:
    head = open_head(settings)
    features = np.load(view_path(settings.paths.work, 0), mmap_mode="r")[wanted].astype(np.float32)
    with torch.inference_mode():
        return dict(zip(wanted, head(torch.from_numpy(features)).numpy(), strict=True))


def _outcomes(vectors: Vectors, trials: list[tuple[str, Trial]], pairs: list[Pair]) -> list[Outcome]:
    outcomes = []
    for name, trial in trials:
        pictures = np.stack([vectors[int(number)] for number in trial.pictures])
        found = ranks(encode(trial.texts) @ pictures.T, trial.relevant)
        owners = trial.relevant.argmax(axis=1)
        outcomes += [Outcome(f"{name} R@{k}", len(pictures), found < k, owners) for k in (1, 5, 10)]
    clothing = class_trial(pairs, CLOTHING)
    pictures = np.stack([vectors[int(number)] for number in clothing.pictures])
    hits = zero_shot_hits(pictures, encode(clothing.classes), clothing.truth)
    return [*outcomes, Outcome("clothing accuracy", len(clothing.classes), hits, np.arange(len(hits)))]


def _print_table(columns: list[list[Outcome]], speed: float) -> None:
    print("Flickr8k: every caption is a query for its picture. Myntra: titles; equal ones answer for each other.")
    print("Clothing: the class named by the nearest class text. In brackets: 95 % by bootstrap over pictures.\n")
    heads = ["student", "teacher + head"][: len(columns)]
    print("| figure | pool | queries | " + " | ".join(heads) + " | at least |")
    print("|---|---|---|" + "---|" * len(heads) + "---|")
    for outcomes in zip(*columns, strict=True):
        one = outcomes[0]
        cells = " | ".join(str(outcome) for outcome in outcomes)
        print(f"| {one.name} | {one.pool} | {len(one.hits)} | {cells} | {LIMITS.get(one.name, '')} |")
    blank = " |" * (len(columns) - 1)
    print(f"| pictures/s, forward, 2 threads | | | {speed:.0f} |{blank} {LIMITS['pictures/s']} |")


if __name__ == "__main__":
    main()
