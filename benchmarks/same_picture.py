"""How well copies of pictures are known again, how often others are taken for them, and how long a scan takes.

    python -m benchmarks.same_picture CORPUS

Held against: every copy that was scaled or compressed finds its picture as the same one, no two pictures of different
products or scenes are called the same, and a million pictures are looked through in 50 ms.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageEnhance, ImageOps
from rich.console import Console
from rich.table import Table

from sensorium.fingerprints.pictures import NEAR, SAME, PicturePrint, likeness, nearest, picture_print
from sensorium.media.decoded import Limits
from sensorium.media.pictures import decode_picture

if TYPE_CHECKING:
    from sensorium.types import Pixels

LIMITS = Limits(max_bytes=1 << 30, max_pixels=1 << 28, max_duration_s=1)
SHORTER_PX = 320
SAMPLE = 300
SCAN_MS = 50


def compressed(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def thumbnail(image: Image.Image, px: int) -> Image.Image:
    small = image.copy()
    small.thumbnail((px, px))
    return small


COPIES: Mapping[str, tuple[Callable[[Image.Image], Image.Image], str]] = {
    "JPEG, quality 30": (lambda image: compressed(image, 30), "≥ 0.99"),
    "half the size, JPEG 75": (lambda image: compressed(ImageOps.scale(image, 0.5), 75), "≥ 0.99"),
    "128 px, JPEG 80": (lambda image: compressed(thumbnail(image, 128), 80), "≥ 0.99"),
    "twice the size": (lambda image: ImageOps.scale(image, 2), "≥ 0.99"),
    "brighter by 5 %": (lambda image: ImageEnhance.Brightness(image).enhance(1.05), ""),
    "2 % cut off all around": (lambda image: ImageOps.crop(image, border=round(0.02 * min(image.size))), ""),
    "without colour": (lambda image: image.convert("L").convert("RGB"), ""),
    "mirrored": (ImageOps.mirror, ""),
}


def read(corpus: Path) -> dict[str, Pixels]:
    rows = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text().splitlines()]
    names = [row["file"] for row in rows if row["kind"] == "image"]
    return {name: decode_picture(corpus / name, LIMITS, shorter_px=SHORTER_PX).pixels for name in names}


def print_copies(console: Console, pictures: Mapping[str, Pixels], prints: list[PicturePrint]) -> None:
    bits = np.array([one.bits for one in prints], np.uint64)
    chosen = np.random.default_rng(0).permutation(len(prints))[:SAMPLE]
    every = list(pictures.values())
    table = Table("copy", "first", "the same", "nearly", "limit of the same", title=f"{len(chosen)} copies each")
    for name, (change, limit) in COPIES.items():
        likes, first = [], 0
        for place in chosen:
            asked = picture_print(np.asarray(change(Image.fromarray(every[place]))))
            near = nearest(bits, asked.bits).tolist()
            best = max(near, key=lambda other: likeness(asked, prints[other]), default=-1)
            first += best == place
            likes.append(likeness(asked, prints[place]) if place in near else 0.0)
        same, nearly = np.mean([like >= SAME for like in likes]), np.mean([like >= NEAR for like in likes])
        table.add_row(name, f"{first / len(chosen):.3f}", f"{same:.3f}", f"{nearly:.3f}", limit)
    console.print(table)


def print_pairs(console: Console, names: list[str], prints: list[PicturePrint]) -> None:
    """Pairs of the corpus' own pictures that are taken for one: copies, and the same goods in another colour."""
    bits = np.array([one.bits for one in prints], np.uint64)
    pairs = [(place, other) for place, one in enumerate(prints) for other in nearest(bits[:place], one.bits).tolist()]
    likes = sorted(((likeness(prints[a], prints[b]), names[a], names[b]) for a, b in pairs), reverse=True)
    total = len(prints) * (len(prints) - 1) // 2
    same, nearly = (sum(like >= least for like, *_ in likes) for least in (SAME, NEAR))
    console.print(f"Of {total:,} pairs of pictures {len(pairs)} have near bits, {nearly} are nearly, {same} the same:")
    for like, one, other in likes[:same]:
        console.print(f"  {like:.3f} {one} {other}", style="dim", soft_wrap=True)


def print_scan(console: Console, prints: list[PicturePrint]) -> None:
    """A million hashes: those of the corpus, each copy with some bits of its own."""
    random = np.random.default_rng(1)
    own = np.array([one.bits for one in prints], np.uint64)
    bits = own[random.integers(0, len(own), 1_000_000)] ^ random.integers(0, 1 << 64, 1_000_000, np.uint64)
    times = []
    for one in prints[:50]:
        started = time.perf_counter()
        nearest(bits, one.bits)
        times.append((time.perf_counter() - started) * 1000)
    console.print(f"Looking through a million pictures: median {np.median(times):.1f} ms (≤ {SCAN_MS}), 16 MB.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    pictures = read(parser.parse_args().corpus)
    started = time.perf_counter()
    prints = [picture_print(pixels) for pixels in pictures.values()]
    each_ms = (time.perf_counter() - started) * 1000 / len(prints)
    console = Console()
    console.print(f"{len(prints)} pictures, {each_ms:.1f} ms each, 200 bytes each.")
    print_copies(console, pictures, prints)
    print_pairs(console, list(pictures), prints)
    print_scan(console, prints)


if __name__ == "__main__":
    main()
