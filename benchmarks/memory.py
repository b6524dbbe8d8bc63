"""What memory it takes to index more and more pictures.

    python -m benchmarks.memory [--pictures 10000 --pictures 30000 --pictures 100000]

Every size is a library of its own, made in a process of its own, so that each has its own peak: of the process that
encodes and writes, before the vector indexes are saved and after, and of the largest worker. The pictures are small and
all different. The encoder is a cheap one, a projection of tiny pictures: what it is does not matter to what piles up,
and a real one would take an hour.

The limit is for the columns of indexing and of the workers. What saving the indexes takes is told beside them: up to
50,000 vectors an index is flat and lies in memory, 1.5 kB a vector; beyond that it is built from the disk, in the
memory that its training sample needs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sensorium.indexer.progress import State
    from sensorium.models.model_set import ModelSet
    from sensorium.models.picture_view import PictureView
    from sensorium.types import Matrix, Pixels, Space

SIZES = (10_000, 30_000, 100_000)
MOST_GROWTH = 1.2
DIMENSION = 384
SIDE = 16
A_FOLDER = 1000


@dataclass(frozen=True, slots=True)
class Peaks:
    """Megabytes at most: while pictures came in, with the indexes saved, and of the largest worker."""

    before_saving: float
    whole: float
    worker: float
    seconds: float


@dataclass(slots=True)
class Watch:
    """Progress that notes the peak while things are written."""

    peak: float = field(default=0.0)

    def report(self, state: State) -> None:
        if any(stage.done < (stage.total or 0) for stage in state.stages):
            self.peak = peak_mb()

    def stopped(self) -> bool:
        return False


class Cheap:
    """A picture and a text encoder: a projection of a picture's pixels, and of a text's letters."""

    def __init__(self) -> None:
        import numpy as np

        from sensorium.models.picture_view import PictureView
        from sensorium.types import Space

        self.space: Space = Space("cheap", DIMENSION, "1")
        self.input_px = SIDE
        self.view: PictureView | None = PictureView(SIDE, SIDE, "squash")
        random = np.random.default_rng(0)
        self._pixels: Matrix = random.standard_normal((SIDE * SIDE * 3, DIMENSION), np.float32)

    def encode_pictures(self, pictures: Sequence[Pixels]) -> Matrix:
        import numpy as np

        seen = np.stack([self.view.see(picture) if self.view else picture for picture in pictures])
        return self._unit(seen.reshape(len(pictures), -1).astype(np.float32) - 128)

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        import numpy as np

        letters = np.zeros((len(texts), SIDE * SIDE * 3), np.float32)
        for row, text in zip(letters, texts, strict=True):
            data = np.frombuffer(text.encode()[: len(row)], np.uint8)
            row[: len(data)] = data
        return self._unit(letters + 1)

    def _unit(self, rows: Matrix) -> Matrix:
        import numpy as np

        vectors: Matrix = rows @ self._pixels
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


def cheap_models() -> ModelSet:
    """Through the registry, as any other profile."""
    from sensorium.models.model_set import Recipe
    from sensorium.models.profiles import load_models, register_profile
    from sensorium.settings import Settings

    encoder = Cheap()
    register_profile("cheap", lambda _settings: Recipe(pictures=lambda: encoder, texts=(lambda: encoder,)))
    return load_models(Settings(), "cheap")


def draw(folder: Path, count: int) -> None:
    """Soft patches of colour, no two pictures alike."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(0)
    for number in range(count):
        if number % A_FOLDER == 0:
            part = folder / f"{number // A_FOLDER:04}"
            part.mkdir(parents=True)
        patches = Image.fromarray(random.integers(0, 256, (6, 8, 3), np.uint8))
        patches.resize((96, 72), Image.Resampling.BICUBIC).save(part / f"{number:06}.jpg", quality=80)


def measure(media: Path, count: int) -> Peaks:
    """Index a folder into a new library. For a process of its own, which has one peak."""
    from sensorium.indexer import index
    from sensorium.library import Library
    from sensorium.settings import Settings

    watch = Watch()
    with tempfile.TemporaryDirectory() as folder:
        models = cheap_models()
        library = Library.open_or_create(Path(folder, "library"), "cheap")
        began = time.perf_counter()
        summary = index([media], library, models, settings=Settings(ocr="off"), progress=watch)
        seconds = time.perf_counter() - began
        library.close()
    if summary.indexed != count:
        raise SystemExit(f"{summary.indexed} of {count} pictures were indexed: {summary}")
    return Peaks(watch.peak, peak_mb(), peak_mb(resource.RUSAGE_CHILDREN), seconds)


def peak_mb(whose: int = resource.RUSAGE_SELF) -> float:
    return resource.getrusage(whose).ru_maxrss / 1024


def measure_apart(count: int) -> Peaks:
    with tempfile.TemporaryDirectory() as folder:
        draw(Path(folder), count)
        receive, send = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("spawn").Process(target=_report, args=(send, Path(folder), count))
        process.start()
        send.close()
        peaks: Peaks = receive.recv()
        process.join()
        return peaks


def _report(send: multiprocessing.connection.Connection, media: Path, count: int) -> None:
    send.send(measure(media, count))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, action="append", help="size of a library; may be repeated")
    sizes = sorted(parser.parse_args().pictures or SIZES)
    print(
        "| pictures | indexing, MB | growth | indexes saved, MB | growth | worker, MB | growth | limit | pictures/s |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    first: Peaks | None = None
    for count in sizes:
        peaks = measure_apart(count)
        first = first or peaks
        told = " | ".join(
            f"{now:.0f} | {now / then:.2f}"
            for now, then in (
                (peaks.before_saving, first.before_saving),
                (peaks.whole, first.whole),
                (peaks.worker, first.worker),
            )
        )
        print(f"| {count:,} | {told} | {MOST_GROWTH} | {count / peaks.seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
