"""How well recordings are known again from noisy, compressed excerpts, and how often strangers are taken for them.

    python -m benchmarks.fingerprint CORPUS [--strangers SOUNDS.tar]

Held against: of excerpts of 5 s (of shorter recordings, all of them) with white noise at 10 dB, through MP3, at least
95 % find their recording as the first of the list, as surely as search calls it the same, within 0.1 s of its place; of
sounds that are not in the library no more than 1 % find any. Making constellations is 100 times faster than playing.
"""

from __future__ import annotations

import argparse
import io
import json
import tarfile
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from rich.console import Console
from rich.table import Table

from sensorium.errors import MediaError
from sensorium.fingerprints.alignment import Alignment, align
from sensorium.fingerprints.constellation import ASKED, constellation
from sensorium.fingerprints.tracks import Part
from sensorium.media.decoded import Limits
from sensorium.media.sounds import decode_sound
from sensorium.search.calibrate import surplus, surprise_of
from sensorium.search.recognise import SURE, TRACK_LAW
from sensorium.types import SAMPLE_RATE

if TYPE_CHECKING:
    from sensorium.types import Samples

LIMITS = Limits(max_bytes=1 << 30, max_pixels=1 << 28, max_duration_s=6 * 3600)
EXCERPT_S = 5.0
MP3_KBPS = 32
NEAR_S = 0.1
LEAST_HITS, MOST_STRANGERS, LEAST_SPEED = 0.95, 0.01, 100
LENGTHS = {"≥ 4.9 s": (4.9, 1e9), "1 to 4.9 s": (1.0, 4.9), "0.4 to 1 s": (0.4, 1.0), "< 0.4 s": (0.0, 0.4)}
QUIET = 30.0  # root mean square of an excerpt below which there is nothing to be heard in it


@dataclass(frozen=True, slots=True)
class Trial:
    """One excerpt: how long its recording is, and whether it was found first, where it is, and surely."""

    group: str
    length_s: float
    first: bool
    placed: bool
    sure: bool
    query_ms: float

    @property
    def hit(self) -> bool:
        return self.first and self.placed and self.sure


def read_corpus(corpus: Path) -> dict[str, Samples]:
    """Every sound and speech recording by file."""
    rows = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text().splitlines()]
    wanted = [row["file"] for row in rows if row["kind"] in ("sound", "speech")]
    return {name: decode_sound(corpus / name, LIMITS).samples for name in wanted}


def read_strangers(archive: Path) -> Iterator[tuple[str, Samples]]:
    with tempfile.TemporaryDirectory() as folder, tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                try:
                    yield path.name, decode_sound(path, LIMITS).samples
                except MediaError as error:
                    print(error)


def excerpt(samples: Samples, random: np.random.Generator) -> tuple[float, Samples]:
    """Some five seconds in which there is something to be heard, and where they begin."""
    length = round(EXCERPT_S * SAMPLE_RATE)
    for _ in range(50):
        start = int(random.integers(0, max(0, len(samples) - length) + 1))
        part = samples[start : start + length]
        if np.sqrt(np.mean(part.astype(float) ** 2)) > QUIET:
            break
    return start / SAMPLE_RATE, part


def with_noise(samples: Samples, snr_db: float, random: np.random.Generator) -> Samples:
    power = np.mean(samples.astype(float) ** 2) / 10 ** (snr_db / 10)
    noisy = samples + random.standard_normal(len(samples)) * np.sqrt(power)
    return np.clip(np.round(noisy), -32768, 32767).astype(np.int16)


def through_mp3(samples: Samples) -> Samples:
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE, layout="mono")
        stream.bit_rate = MP3_KBPS * 1000
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16p", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        container.mux([*stream.encode(frame), *stream.encode(None)])
    with tempfile.NamedTemporaryFile(suffix=".mp3") as written:
        written.write(file.getvalue())
        written.flush()
        return decode_sound(Path(written.name), LIMITS).samples


def ask(samples: Samples, part: Part) -> tuple[list[Alignment], float]:
    """What is found, best first, and the milliseconds that took, constellation included."""
    started = time.perf_counter()
    found = align(constellation(samples, ASKED), [part])
    return found, (time.perf_counter() - started) * 1000


def is_sure(found: Alignment, among: int) -> bool:
    return surplus(surprise_of(found.decades, TRACK_LAW), among) >= SURE


def trials(sounds: Mapping[str, Samples], part: Part, snr_db: float) -> Iterator[Trial]:
    random = np.random.default_rng(1)
    for number, (name, samples) in enumerate(sounds.items()):
        start_s, asked = excerpt(samples, random)
        found, took_ms = ask(through_mp3(with_noise(asked, snr_db, random)), part)
        first = bool(found) and found[0].id == number
        placed = first and abs(found[0].offset_s - start_s) <= NEAR_S
        sure = bool(found) and is_sure(found[0], len(part.ids))
        yield Trial(name.split("/")[1], len(samples) / SAMPLE_RATE, first, placed, sure, took_ms)


def print_hits(console: Console, done: list[Trial], title: str, *, limit: str = "") -> None:
    table = Table("recordings", "excerpts", "first", "within 0.1 s", "surely", "all three", "limit", title=title)
    groups = {group: [t for t in done if t.group == group] for group in dict.fromkeys(t.group for t in done)}
    groups |= {name: [t for t in done if low <= t.length_s < high] for name, (low, high) in LENGTHS.items()}
    for name, some in {**groups, "all": done}.items():
        shares = [np.mean([getattr(t, field) for t in some]) for field in ("first", "placed", "sure", "hit")]
        table.add_row(name, str(len(some)), *(f"{share:.3f}" for share in shares), limit if name == "all" else "")
    console.print(table)
    times = np.quantile([t.query_ms for t in done], [0.5, 0.95])
    console.print(f"One query, constellation included: median {times[0]:.0f} ms, 95th percentile {times[1]:.0f} ms.\n")


def print_strangers(console: Console, strangers: Iterable[tuple[str, Samples]], part: Part) -> None:
    random = np.random.default_rng(2)
    asked = [(name, with_noise(excerpt(samples, random)[1], 10.0, random)) for name, samples in strangers]
    best = [(name, ask(samples, part)[0][:1]) for name, samples in asked]
    alarms = [(name, found[0]) for name, found in best if found and is_sure(found[0], len(part.ids))]
    share = len(alarms) / max(1, len(best))
    console.print(
        f"Strangers: {len(alarms)} of {len(best)} are taken for a recording: {share:.4f} (≤ {MOST_STRANGERS})."
    )
    for name, found in alarms:
        console.print(f"  {name}: {found.decades:.1f} decades, recording {found.id}", style="dim")


def print_left_out(console: Console, sounds: Mapping[str, Samples], part: Part) -> None:
    """Each recording asks for itself as if it were not there: what is found surely must be its relative."""
    random = np.random.default_rng(3)
    names = list(sounds)
    alarms = []
    for number, samples in enumerate(sounds.values()):
        found, _ = ask(with_noise(excerpt(samples, random)[1], 10.0, random), part)
        others = [one for one in found if one.id != number and is_sure(one, len(part.ids))]
        alarms += [(names[number], names[one.id], one.decades) for one in others[:1]]
    console.print(f"Left out: {len(alarms)} of {len(names)} recordings are taken for another one of the corpus.")
    for name, other, decades in alarms:
        console.print(f"  {name} for {other}: {decades:.1f} decades", style="dim")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--strangers", type=Path, help="A tar file of sounds that are not in the corpus.")
    arguments = parser.parse_args()
    console = Console()
    sounds = read_corpus(arguments.corpus)
    started = time.perf_counter()
    peaks = [constellation(samples) for samples in sounds.values()]
    took_s = time.perf_counter() - started
    length_s = sum(map(len, sounds.values())) / SAMPLE_RATE
    part = Part.of(enumerate(peaks))
    console.print(f"{len(sounds)} recordings of {length_s / 60:.0f} minutes between them.")
    console.print(f"Constellations: {length_s / took_s:.0f} times faster than playing (≥ {LEAST_SPEED}).\n")
    print_hits(console, list(trials(sounds, part, 10.0)), "Noise at 10 dB, MP3 of 32 kbit/s", limit=f"≥ {LEAST_HITS}")
    print_hits(console, list(trials(sounds, part, 0.0)), "Noise as loud as the sound (0 dB), MP3 of 32 kbit/s")
    print_left_out(console, sounds, part)
    if arguments.strangers is not None:
        print_strangers(console, read_strangers(arguments.strangers), part)


if __name__ == "__main__":
    main()
