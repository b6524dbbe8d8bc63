"""Speech for tests: the project's own recordings, by which what listens for voices is tried."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from sensorium.media.decoded import Limits
from sensorium.media.sounds import decode_sound
from sensorium.types import SAMPLE_RATE

NOTES = Path(__file__).parent.parent / "examples" / "media" / "notes"


@lru_cache(maxsize=8)
def note(number):
    """int16[n] at 16 kHz: one of the recorded notes, about twelve seconds without a pause of a second."""
    return decode_sound(NOTES / f"recording-{number}.ogg", Limits(1 << 24, 1, 60.0)).samples


def pause(seconds):
    """Hardly audible noise."""
    return np.random.default_rng(9).normal(0, 2, round(seconds * SAMPLE_RATE)).astype(np.int16)


def music(seconds, seed=0):
    """Chords of decaying strings, two a second."""
    rng = np.random.default_rng(seed)
    time = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    chords = []
    for _ in range(round(2 * seconds)):
        root = 110 * 2 ** (rng.integers(0, 12) / 12)
        tones = [root * ratio * overtone for ratio in (1, 1.25, 1.5) for overtone in (1, 2, 3)]
        chords.append(sum(np.sin(2 * np.pi * hertz * time) * np.exp(-4 * time) for hertz in tones))
    return (np.concatenate(chords) * 2500).astype(np.int16)


def noise(seconds, level=3000):
    return np.random.default_rng(5).normal(0, level, round(seconds * SAMPLE_RATE)).astype(np.int16)
