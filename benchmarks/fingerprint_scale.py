"""How large the index of recordings is, how long it takes to make and to ask, and whether it still finds.

    python -m benchmarks.fingerprint_scale CORPUS [--hours 10 100 1000]

The corpus' sounds and speech are joined to recordings of some ten minutes and multiplied: each copy is played at
another speed and pitch, with one peak in ten left out, so that it is another recording of the same nature. The
recordings as they are lie among them, and noisy excerpts (10 dB) of them are asked for. Held against: a query at 1,000
hours in 0.5 s, and 95 % of the excerpts found first. Times are those of one core, whatever else the machine does.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.fingerprint import excerpt, read_corpus, with_noise
from sensorium.fingerprints.alignment import align
from sensorium.fingerprints.constellation import ASKED, BINS, LOWEST_BIN, TICK_S, Constellation, constellation
from sensorium.fingerprints.tracks import Part
from sensorium.types import SAMPLE_RATE

if TYPE_CHECKING:
    from sensorium.types import Samples

JOINED_S = 600.0
QUERIES = 60
PART_HOURS = 20.0  # what the library makes into a part at a time
LONGEST_QUERY_MS, LEAST_FOUND = 500, 0.95


@dataclass(frozen=True, slots=True)
class Asked:
    """An excerpt, the recording that it is from, and where it begins."""

    peaks: Constellation
    recording: int
    start_s: float


def join(sounds: Mapping[str, Samples]) -> list[Samples]:
    """All sounds, one after the other, in recordings of some ten minutes."""
    whole = np.concatenate(list(sounds.values()))
    return np.array_split(whole, max(1, round(len(whole) / SAMPLE_RATE / JOINED_S)))


def another(peaks: Constellation, random: np.random.Generator) -> Constellation:
    """A recording of the same nature: other speed, other pitch, some peaks gone."""
    kept = random.random(len(peaks)) > 0.1
    speed = random.uniform(1.05, 1.25) ** random.choice([-1, 1])  # nearer to 1 it would be the same recording
    ticks = np.round(peaks.ticks[kept] * speed).astype(np.int64)
    bins = np.round(peaks.bins[kept] * random.uniform(0.8, 1.25)).astype(np.int64) + random.integers(-6, 7)
    inside = (bins >= LOWEST_BIN) & (bins < BINS)
    return Constellation(ticks[inside], bins[inside], peaks.levels[kept][inside])


def copies(originals: list[Constellation], hours: float) -> Iterator[tuple[int, Constellation]]:
    """The originals, and others like them until there are so many hours."""
    random = np.random.default_rng(4)
    held_s, number = 0.0, 0
    while held_s < hours * 3600:
        peaks = originals[number % len(originals)]
        peaks = peaks if number < len(originals) else another(peaks, random)
        yield number, peaks
        held_s += (int(peaks.ticks[-1]) + 1) * TICK_S
        number += 1


def build(originals: list[Constellation], hours: float) -> tuple[Part, float]:
    """One part of everything, as a library would have in the end, and the seconds that took without the copying."""
    batch: list[tuple[int, Constellation]] = []
    whole: Part | None = None
    took_s = batch_s = 0.0
    for number, peaks in copies(originals, hours):
        batch.append((number, peaks))
        batch_s += (int(peaks.ticks[-1]) + 1) * TICK_S
        if batch_s > max(PART_HOURS, hours / 8) * 3600:
            whole, spent_s = grown(whole, batch)
            took_s += spent_s
            batch, batch_s = [], 0.0
    whole, spent_s = grown(whole, batch)
    return whole, took_s + spent_s


def grown(whole: Part | None, batch: list[tuple[int, Constellation]]) -> tuple[Part, float]:
    started = time.process_time()
    part = Part.of(batch)
    grown_ = part if whole is None else whole.and_(part)
    return grown_, time.process_time() - started


def questions(originals: list[Samples]) -> list[Asked]:
    random = np.random.default_rng(5)
    asked = []
    for _ in range(QUERIES):
        recording = int(random.integers(len(originals)))
        start_s, samples = excerpt(originals[recording], random)
        asked.append(Asked(constellation(with_noise(samples, 10.0, random), ASKED), recording, start_s))
    return asked


def ask(asked: list[Asked], part: Part) -> tuple[list[float], float]:
    """Milliseconds of each query, and the share found first and within 0.1 s."""
    times, found = [], 0
    for one in asked:
        started = time.process_time()
        answers = align(one.peaks, [part])
        times.append((time.process_time() - started) * 1000)
        found += bool(answers) and answers[0].id == one.recording and abs(answers[0].offset_s - one.start_s) <= 0.1
    return times, found / len(asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--hours", type=float, nargs="+", default=[1, 10, 100, 1000])
    arguments = parser.parse_args()
    sounds = join(read_corpus(arguments.corpus))
    originals = [constellation(samples) for samples in sounds]
    asked = questions(sounds)
    stored = sum(len(peaks.pack()) for peaks in originals) / (sum(map(len, sounds)) / SAMPLE_RATE / 3600)
    table = Table("hours", "made in s", "MB on disk", "KB an hour", "median ms", "p95 ms", "found first", title="Index")
    for hours in arguments.hours:
        with tempfile.TemporaryDirectory() as folder:
            part, took_s = build(originals, hours)
            part.save(Path(folder) / "part")
            size = (Path(folder) / "part").stat().st_size
            part = Part.load(Path(folder) / "part")
            ask(asked[:5], part)  # what is not in memory yet
            times, share = ask(asked, part)
        median, late = np.quantile(times, [0.5, 0.95])
        columns = f"{hours:g}", f"{took_s:.1f}", f"{size / 1e6:.1f}", f"{size / 1e3 / hours:.0f}"
        table.add_row(*columns, f"{median:.0f}", f"{late:.0f}", f"{share:.3f}")
    console = Console()
    console.print(table)
    console.print(
        f"In the catalogue: {stored / 1e3:.0f} KB an hour. Limits: {LONGEST_QUERY_MS} ms, {LEAST_FOUND} found."
    )


if __name__ == "__main__":
    main()
