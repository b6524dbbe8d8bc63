"""Sounds that are not speech, computed: rain, a bell, the beeps of a timer and an engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
import numpy.typing as npt

Wave: TypeAlias = npt.NDArray[np.float64]
RATE = 48_000
"""Samples a second: what Opus works at."""


def _time(seconds: float) -> Wave:
    return np.arange(round(seconds * RATE)) / RATE


def _filtered(noise: Wave, low_hz: float, high_hz: float) -> Wave:
    spectrum = np.fft.rfft(noise)
    heights = np.fft.rfftfreq(noise.size, 1 / RATE)
    spectrum[(heights < low_hz) | (heights > high_hz)] = 0
    return np.asarray(np.fft.irfft(spectrum, noise.size))


def rain() -> Wave:
    """Soft noise with single drops on it."""
    random = np.random.default_rng(1)
    size = 7 * RATE
    wave = 0.6 * _filtered(random.standard_normal(size), 500, 9000)
    drop_time = _time(0.03)
    for start in random.integers(0, size - drop_time.size, 900):
        pitch, loud = random.uniform(1500, 6000), random.uniform(0.2, 1.6)
        drop = loud * np.sin(2 * np.pi * pitch * drop_time) * np.exp(-drop_time * 220)
        wave[start : start + drop.size] += drop
    return wave


def bell() -> Wave:
    """Three strokes of a church bell: its partials fade the faster the higher they are."""
    t = _time(8)
    wave = np.zeros_like(t)
    for stroke in (0.2, 2.6, 5.0):
        after = np.clip(t - stroke, 0, None)
        for ratio, loud, fade in (
            (0.5, 0.5, 0.5),
            (1, 1, 0.7),
            (1.19, 0.7, 0.9),
            (1.5, 0.4, 1.2),
            (2, 0.6, 1.5),
            (2.74, 0.3, 2.4),
        ):
            wave += (t >= stroke) * loud * np.sin(2 * np.pi * 440 * ratio * after) * np.exp(-after * fade)
    return wave


def timer() -> Wave:
    """Four groups of four high beeps."""
    t = _time(5)
    on = ((t % 1.2) < 0.8) & ((t % 0.2) < 0.1)
    return np.asarray(on * np.sin(2 * np.pi * 2050 * t))


def engine() -> Wave:
    """A motor that runs up and down again: harmonics of its turning, with some roughness."""
    random = np.random.default_rng(2)
    t = _time(7)
    speed = 32 + 26 * np.sin(np.pi * t / 7) ** 2
    phase = 2 * np.pi * np.cumsum(speed) / RATE
    wave = sum(np.sin(k * phase + k * k) / k**0.7 for k in range(1, 24))
    roughness = 1 + 0.5 * _filtered(random.standard_normal(t.size), 0, 60)
    return np.asarray(wave * roughness + 0.3 * _filtered(random.standard_normal(t.size), 80, 900))


SOUNDS: dict[str, Callable[[], Wave]] = {
    "rain-on-the-roof": rain,
    "church-bell": bell,
    "kitchen-timer": timer,
    "engine-running": engine,
}


def write_sound(wave: Wave, path: Path) -> None:
    """Write a wave as FLAC, its loudest sample at half of full scale."""
    scaled = np.round(wave / np.abs(wave).max() * 0.5 * 32767).astype(np.int16)
    with av.open(str(path), "w", format="flac") as target:
        stream = target.add_stream("flac", rate=RATE, layout="mono", format="s16")
        frame = av.AudioFrame.from_ndarray(scaled[None, :], format="s16", layout="mono")
        frame.sample_rate = RATE
        target.mux(stream.encode(frame))
        target.mux(stream.encode(None))


def write_sounds(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in SOUNDS.items():
        write_sound(make(), folder / f"{name}.flac")
