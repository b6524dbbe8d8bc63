"""The sounds' records, their wordings, and speech of our own that teaches what is speech and what is not."""

from __future__ import annotations

import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sensorium.models.log_mel import RATE

TEMPLATES = ("{}", "the sound of {}", "{} sound", "a recording of {}", "{} noise")
SPEECH_TEXTS = ("a person speaking", "speech", "a voice talking", "somebody talking")
SENTENCE_LETTERS = (40, 110)


@dataclass(frozen=True, slots=True)
class Clip:
    """One sound with its texts."""

    file: str
    set: str
    split: str
    label: str
    texts: tuple[str, ...]
    license: str


def read_clips(pools: Path) -> list[Clip]:
    """All sounds of the pool, in file order."""
    with (pools / "sounds.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Clip(row["file"], row["set"], row["split"], row["label"], tuple(row["texts"]), row["license"]) for row in rows
    ]


def clip_wordings(clip: Clip) -> list[str]:
    """The clip's texts as they stand, the bare label first, and the label in a few sentences."""
    found = dict.fromkeys([clip.label, *clip.texts, *(template.format(clip.label) for template in TEMPLATES)])
    return list(found)


def read_waves(pools: Path, clips: list[Clip]) -> list[NDArray[np.int16]]:
    """Every clip's samples, mono at 16 kHz."""
    by_file = {}
    with tarfile.open(pools / "sounds.tar") as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                by_file[member.name] = _decoded(content.read())
    return [by_file[clip.file] for clip in clips]


def _decoded(content: bytes) -> NDArray[np.int16]:
    import av  # a machine that only trains has no need of it

    with av.open(BytesIO(content), "r") as container:
        resampler = av.AudioResampler("s16", "mono", RATE)
        parts = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        parts += resampler.resample(None)
    return np.concatenate([part.to_ndarray()[0] for part in parts])


def spoken_clips(pools: Path, count: int, seed: int) -> Iterator[tuple[Clip, NDArray[np.int16]]]:
    """Captions of the picture pool read out by espeak-ng's voices, at many speeds and pitches."""
    rng = np.random.default_rng(seed)
    with (pools / "pairs.jsonl").open(encoding="utf-8") as lines:
        texts = [text for line in lines if (row := json.loads(line))["split"] == "train" for text in row["texts"]]
    shortest, longest = SENTENCE_LETTERS
    sentences = [text for text in texts if shortest <= len(text) <= longest]
    for number in range(count):
        sentence = sentences[rng.integers(len(sentences))]
        accent = rng.choice(["en-us", "en-gb", "en-gb-scotland", "en-029", "en-gb-x-rp", "en-us-nyc"])
        variant = rng.choice(["m1", "m2", "m3", "m5", "m7", "f1", "f2", "f3", "f4", "f5", "Andy", "Annie", "klatt2"])
        options = ["-s", str(rng.integers(120, 220)), "-p", str(rng.integers(20, 80))]
        wave = _speak(sentence, [*options, "-v", f"{accent}+{variant}"])
        yield Clip(f"spoken/{number}", "spoken", "train", "speech", SPEECH_TEXTS, "own"), wave


def _speak(sentence: str, options: list[str]) -> NDArray[np.int16]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.wav"
        subprocess.run(["espeak-ng", *options, "-w", str(path), "--", sentence], check=True)
        return _decoded(path.read_bytes())
