"""Tiny deterministic models that come in through the front door.

Words go to fixed pseudo-random directions and colour words to fixed axes, so `cat` matches `a cat` exactly,
and a red picture lies near the word "red". No weights, no torch, microseconds a call.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sensorium.models.model_set import ModelSet, ModelStatus, Recipe
from sensorium.models.picture_view import PictureView
from sensorium.models.profiles import register_profile
from sensorium.models.protocols import Transcriber, Utterance
from sensorium.types import SAMPLE_RATE, Space

if TYPE_CHECKING:
    from sensorium.types import Matrix, Pixels, Samples

FAKE_SPACE = Space("fake", 32, "fake-checksum")

BRIGHTNESS, DETAIL, PICTURE, NOTHING = 3, 29, 30, 31
COLOURS: dict[str, dict[int, float]] = {
    "red": {0: 1.0},
    "green": {1: 1.0},
    "blue": {2: 1.0},
    "yellow": {0: 1.0, 1: 1.0},
    "cyan": {1: 1.0, 2: 1.0},
    "magenta": {0: 1.0, 2: 1.0},
    "white": {BRIGHTNESS: 1.0},
    "black": {BRIGHTNESS: -1.0},
}
STOP_WORDS = frozenset(("a", "an", "and", "in", "is", "of", "on", "the", "to", "with"))


class FakeTextEncoder:
    """Sums a direction per word, stop words left out. Counts its calls in `calls`, its texts in `encoded`."""

    def __init__(self, space: Space = FAKE_SPACE) -> None:
        self.space = space
        self.calls = 0
        self.encoded = 0

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        self.calls += 1
        self.encoded += len(texts)
        return _unit([_text_vector(text) for text in texts])


class FakePictureEncoder:
    """Mean colour on the axes of the colour words. Counts its calls in `calls`, its pictures in `encoded`."""

    input_px = 32
    view = PictureView(32, 32, "squash")

    def __init__(self, space: Space = FAKE_SPACE) -> None:
        self.space = space
        self.calls = 0
        self.encoded = 0

    def encode_pictures(self, pictures: Sequence[Pixels]) -> Matrix:
        self.calls += 1
        self.encoded += len(pictures)
        return _unit([_picture_vector(picture) for picture in pictures])


class FakeTranscriber:
    """Says the same utterances of every sound that is not empty; by default none."""

    name = "fake-transcriber"
    checksum = "fake-transcriber-checksum"
    runs_in_worker = False  # a spawned process could not import this file

    def __init__(self, utterances: tuple[Utterance, ...] = ()) -> None:
        self.utterances = utterances

    def transcribe(self, samples: Samples) -> tuple[Utterance, ...]:
        return self.utterances if len(samples) else ()


class BeepTranscriber:
    """Says "beep" for every stretch that is loud, in a worker or here; chokes on the sample `POISON`."""

    name = "beep-transcriber"
    checksum = "beep-transcriber-checksum"
    POISON = -12345

    def __init__(self, *, runs_in_worker: bool) -> None:
        self.runs_in_worker = runs_in_worker

    def transcribe(self, samples: Samples) -> tuple[Utterance, ...]:
        if (samples == self.POISON).any():
            raise ValueError("poison")
        loud = np.diff(np.abs(samples.astype(int)) > 5000, prepend=False, append=False).nonzero()[0] / SAMPLE_RATE
        return tuple(Utterance(start, end, "beep") for start, end in zip(loud[::2], loud[1::2], strict=True))


class FakeSoundEncoder:
    """Low tones lie beside the word "hum", high ones beside "whistle". Counts `calls`, and sounds in `encoded`."""

    window_s = 1.0

    def __init__(self, space: Space = FAKE_SPACE) -> None:
        self.space = space
        self.calls = 0
        self.encoded = 0

    def encode_sounds(self, sounds: Sequence[Samples]) -> Matrix:
        self.calls += 1
        self.encoded += len(sounds)
        return _unit([_word_vector("hum" if _hertz(sound) < 1000 else "whistle") for sound in sounds])

    def speech_probability(self, sounds: Sequence[Samples]) -> np.ndarray:
        """Nobody speaks in a whistle."""
        return np.array([float(_hertz(sound) < 1000) for sound in sounds], np.float32)


def fake_recipe(utterances: tuple[Utterance, ...] = (), *, hears: bool = False) -> Recipe:
    return Recipe(
        pictures=FakePictureEncoder,
        texts=(FakeTextEncoder,),
        sound=FakeSoundEncoder if hears else lambda: None,
        transcriber=lambda: FakeTranscriber(utterances),
        statuses=lambda: (ModelStatus("everything", "fake", "none", 0.0, available=True),),
    )


def fake_models(utterances: tuple[Utterance, ...] = (), *, hears: bool = False) -> ModelSet:
    """A model set that needs no files: one 32-d space shared by words and pictures, and by sounds where it `hears`."""
    return ModelSet("fake", fake_recipe(utterances, hears=hears))


def fake_models_hearing(transcriber: Transcriber) -> ModelSet:
    """The same with this transcriber."""
    return ModelSet("fake", replace(fake_recipe(), transcriber=lambda: transcriber))


def register_fake_profile(name: str = "fake") -> None:
    """Let `load_models(settings, "fake")` find these models."""
    register_profile(name, lambda _: fake_recipe(), summary="For tests.", licence="none")


def _text_vector(text: str) -> np.ndarray:
    words = re.findall(r"\w+", text.lower())
    vector = np.zeros(FAKE_SPACE.dimension, dtype=np.float32)
    for word in [word for word in words if word not in STOP_WORDS] or words:
        vector += _word_vector(word)
    if not np.linalg.norm(vector):
        vector[NOTHING] = 1.0
    return vector


def _word_vector(word: str) -> np.ndarray:
    vector = np.zeros(FAKE_SPACE.dimension, dtype=np.float32)
    if word in COLOURS:
        for axis, value in COLOURS[word].items():
            vector[axis] = value
    else:  # crc32, because Python's own hash differs from process to process
        directions = np.random.default_rng(zlib.crc32(word.encode()))
        vector[BRIGHTNESS + 1 : DETAIL] = directions.standard_normal(DETAIL - BRIGHTNESS - 1)
    return vector / np.linalg.norm(vector)


def _picture_vector(picture: Pixels) -> np.ndarray:
    colour = picture.reshape(-1, 3).astype(np.float32).mean(axis=0) / 255
    chroma = colour - colour.min()
    vector = np.zeros(FAKE_SPACE.dimension, dtype=np.float32)
    vector[:3] = chroma
    vector[BRIGHTNESS] = (2 * colour.mean() - 1) * (1 - chroma.max())
    vector[DETAIL] = 0.2 * picture.std() / 255
    vector[PICTURE] = 0.1  # so that a mid-grey picture has a direction too
    return vector


def _hertz(samples: Samples) -> float:
    """The strongest frequency of a sound."""
    strengths = np.abs(np.fft.rfft(samples.astype(np.float32)))
    return float(strengths.argmax()) * SAMPLE_RATE / max(1, len(samples))


def _unit(vectors: list[np.ndarray]) -> Matrix:
    matrix = np.asarray(vectors, dtype=np.float32).reshape(-1, FAKE_SPACE.dimension)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
