"""Reading long films: whether memory stays flat, whether cuts are found at their frames, and what decoding costs.

    python benchmarks/long_film.py [--minutes 10]

Makes two films of its own, one a fifth as long as the other, of moving scenes cut every few seconds and with a sound
track, reads each in a fresh process, and prints a table with the limits it is held against.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

FPS, RATE = 25, 16_000
WIDTH, HEIGHT = 640, 360
MOST_GROWTH = 1.3
"""Memory of the long film's process over that of the short one's."""
MOST_OFF_FRAMES = 1.0
LEAST_FOUND = 0.99


@dataclass(frozen=True, slots=True)
class Made:
    path: Path
    length_s: float
    cuts_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    starts_s: tuple[float, ...]
    cpu_s: float
    peak_mb: float


def write_film(path: Path, minutes: float) -> Made:
    """Shots of 2 to 9 s, in each of which a camera sways over a scene of its own; H.264 with a tone as its sound."""
    rng = np.random.default_rng(7)
    total, pts, cuts = round(minutes * 60 * FPS), 0, []
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "crf": "30"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("aac", rate=RATE, layout="mono")
        while pts < total:
            patches = rng.integers(0, 256, (5, 9, 3)).astype(np.uint8)
            scene = np.asarray(Image.fromarray(patches).resize((WIDTH + 40, HEIGHT), Image.Resampling.BICUBIC))
            for number in range(min(int(rng.integers(2 * FPS, 9 * FPS)), total - pts)):
                left = 20 + round(15 * np.sin(number / 12))
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(scene[:, left : left + WIDTH]), format="rgb24")
                frame.pts, frame.time_base = pts, Fraction(1, FPS)
                container.mux(video.encode(frame))
                heard = _tone(pts)
                container.mux(audio.encode(heard))
                pts += 1
            cuts.append(pts / FPS)
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return Made(path, total / FPS, tuple(cuts[:-1]))


def _tone(number: int) -> av.AudioFrame:
    times = (np.arange(RATE // FPS) + number * (RATE // FPS)) / RATE
    samples = (3000 * np.sin(2 * np.pi * 330 * times)).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, number * (RATE // FPS), Fraction(1, RATE)
    return frame


def read(path: Path, spool: Path) -> Measured:
    """Decode a film as an indexing worker does. For a process of its own: memory is measured at its peak."""
    from sensorium.media.decoded import Limits
    from sensorium.media.films import decode_film

    began = time.process_time()
    film = decode_film(path, Limits(1 << 34, 1 << 30, 1e6, spool), shorter_px=320)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(tuple(frame.start_s for frame in film.frames), time.process_time() - began, peak_mb)


def measure(made: Made, spool: Path) -> Measured:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(read, (made.path, spool))


def found(made: Made, measured: Measured) -> float:
    """The share of the film's cuts at which a shot begins, to a frame."""
    starts = np.array(measured.starts_s)
    off = [np.abs(starts - cut).min() * FPS for cut in made.cuts_s]
    return float(np.mean(np.array(off) <= MOST_OFF_FRAMES + 1e-6))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    minutes = parser.parse_args().minutes
    table = Table("film", "cuts", "found to a frame", "CPU s a minute", "peak MB")
    with tempfile.TemporaryDirectory() as folder:
        films = [write_film(Path(folder, f"{n}.mp4"), length) for n, length in enumerate((minutes / 5, minutes))]
        results = [measure(film, Path(folder)) for film in films]
        for film, result in zip(films, results, strict=True):
            share = found(film, result)
            table.add_row(
                f"{film.length_s / 60:.1f} min", str(len(film.cuts_s)), f"{share:.3f} (≥ {LEAST_FOUND})",
                f"{result.cpu_s / film.length_s * 60:.1f}", f"{result.peak_mb:.0f}",
            )  # fmt: skip
    console = Console()
    console.print(table)
    growth = results[1].peak_mb / results[0].peak_mb
    console.print(f"memory of five times the length: {growth:.2f} × (≤ {MOST_GROWTH})")


if __name__ == "__main__":
    main()
