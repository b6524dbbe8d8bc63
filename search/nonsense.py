"""Queries that ask for nothing: words thrown together, drawn noise, noises. No library has an answer to them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from sensorium.types import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.types import Pixels, Samples

    Floats = npt.NDArray[np.float64]

FEWEST, MOST = 2, 8
"""Words of a text."""
SECONDS = 1.0
PICTURE_PX = 160


@cache
def nonsense_words() -> tuple[str, ...]:
    """Words of all kinds, drawn at random from a vocabulary of English."""
    return tuple(files(__package__).joinpath("nonsense.txt").read_text().split())


def word_salads(words: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    """`count` texts of words drawn at random."""
    return [" ".join(rng.choice(words, rng.integers(FEWEST, MOST + 1))) for _ in range(count)]


def noise_pictures(count: int, rng: np.random.Generator) -> list[Pixels]:
    """`count` pictures of noise: of dots, clouds, stripes and blots in turn, in random colours."""
    draw = (_dots, _clouds, _stripes, _blots)
    return [_coloured(draw[place % len(draw)](rng), rng) for place in range(count)]


def noises(count: int, rng: np.random.Generator) -> list[Samples]:
    """`count` sounds: hiss of random colour, hum, sweeps and crackle in turn."""
    make = (_hiss, _hum, _sweep, _crackle)
    made = (make[place % len(make)](rng) for place in range(count))
    return [(sound / np.abs(sound).max() * rng.uniform(3_000, 30_000)).astype(np.int16) for sound in made]


def _coloured(shade: Floats, rng: np.random.Generator) -> Pixels:
    """A picture whose three colours are mixed of two by `shade`, float[h, w, 1 or 3] from 0 to 1."""
    dark, light = rng.uniform(0, 255, (2, 3))
    mixed: Pixels = (dark + (light - dark) * shade).astype(np.uint8)
    return mixed


def _dots(rng: np.random.Generator) -> Floats:
    grain = int(rng.integers(1, 9))
    side = -(-PICTURE_PX // grain)
    return rng.random((side, side, 3)).repeat(grain, 0).repeat(grain, 1)[:PICTURE_PX, :PICTURE_PX]


def _clouds(rng: np.random.Generator) -> Floats:
    """Noise whose strength falls with its frequency."""
    size = np.fft.fftfreq(PICTURE_PX)[:, None], np.fft.rfftfreq(PICTURE_PX)[None, :]
    falloff = np.maximum(np.hypot(*size), 1 / PICTURE_PX)[..., None] ** -rng.uniform(0.8, 2.5)
    waves = falloff * np.exp(2j * np.pi * rng.random((PICTURE_PX, PICTURE_PX // 2 + 1, 3)))
    return _stretched(np.fft.irfft2(waves, s=(PICTURE_PX, PICTURE_PX), axes=(0, 1)))


def _stripes(rng: np.random.Generator) -> Floats:
    y, x = np.mgrid[:PICTURE_PX, :PICTURE_PX] / PICTURE_PX
    angle = rng.uniform(0, np.pi)
    wave = np.sin(2 * np.pi * (rng.uniform(2, 25) * (x * np.cos(angle) + y * np.sin(angle)) + rng.random()))
    return _stretched(wave + rng.uniform(0, 0.5) * rng.standard_normal(wave.shape))[..., None]


def _blots(rng: np.random.Generator) -> Floats:
    y, x = np.mgrid[:PICTURE_PX, :PICTURE_PX] / PICTURE_PX
    shade = np.zeros((PICTURE_PX, PICTURE_PX, 3))
    for _ in range(rng.integers(3, 20)):
        centre, radii = rng.random(2), rng.uniform(0.03, 0.3, 2)
        inside = ((y - centre[0]) / radii[0]) ** 2 + ((x - centre[1]) / radii[1]) ** 2 < 1
        shade[inside] = rng.random(3)
    return shade


def _stretched(values: Floats) -> Floats:
    low, high = values.min(), values.max()
    stretched: Floats = (values - low) / max(high - low, 1e-9)
    return stretched


def _times() -> Floats:
    return np.arange(int(SECONDS * SAMPLE_RATE)) / SAMPLE_RATE


def _hiss(rng: np.random.Generator) -> Floats:
    count = len(_times())
    waves = np.exp(2j * np.pi * rng.random(count // 2 + 1)) * np.arange(1, count // 2 + 2) ** -rng.uniform(0, 1.5)
    return np.fft.irfft(waves, n=count)


def _hum(rng: np.random.Generator) -> Floats:
    tones = rng.uniform(60, 4_000, rng.integers(1, 6))
    hum: Floats = np.sin(2 * np.pi * tones[:, None] * _times()).sum(axis=0)
    return hum + 0.05 * rng.standard_normal(len(hum))


def _sweep(rng: np.random.Generator) -> Floats:
    low, high = rng.uniform(50, 7_000, 2)
    times = _times()
    sweep: Floats = np.sin(2 * np.pi * (low + (high - low) * times / (2 * SECONDS)) * times)
    return sweep + 0.01 * rng.standard_normal(len(sweep))


def _crackle(rng: np.random.Generator) -> Floats:
    clicks = (rng.random(len(_times())) < rng.uniform(1e-4, 1e-2)) * rng.standard_normal(len(_times()))
    echo = np.exp(-np.arange(400) / rng.uniform(5, 100))
    return np.convolve(clicks, echo, "same") + 1e-3 * rng.standard_normal(len(clicks))
