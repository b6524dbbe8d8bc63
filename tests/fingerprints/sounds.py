"""Sounds that the tests make: each seed is another recording of its kind."""

import io
import shutil
import subprocess
import wave

import av
import numpy as np
import pytest

RATE = 16_000


def music(seed, *, seconds=12.0):
    """Notes of three voices with overtones, each struck and dying away, at a tempo and a pitch of their own."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(int(seconds * RATE))
    tempo, tuning = rng.uniform(0.8, 1.25), rng.uniform(0.95, 1.06)
    for voice, length in ((220 * tuning, 0.5 / tempo), (440 * tuning, 0.25 / tempo), (880 * tuning, 0.125 / tempo)):
        for start in np.arange(0, seconds - length, length):
            pitch = voice * 2 ** (rng.integers(0, 13) / 12)
            times = np.arange(int(length * RATE)) / RATE
            note = sum(np.sin(2 * np.pi * pitch * k * times) / k for k in (1, 2, 3)) * np.exp(-6 * times / length)
            sound[int(start * RATE) :][: len(note)] += rng.uniform(0.3, 1) * note
    return as_samples(sound)


def chirps(seed, *, seconds=12.0):
    """Whistles that glide from one frequency to another."""
    rng = np.random.default_rng(seed)
    times = np.arange(int(0.3 * RATE)) / RATE
    parts = []
    while sum(map(len, parts)) < seconds * RATE:
        low, high = rng.uniform(300, 5000, 2)
        parts.append(np.sin(2 * np.pi * (low * times + (high - low) * times**2 / 0.6)) * np.hanning(len(times)))
        parts.append(np.zeros(int(rng.uniform(0, 0.2) * RATE)))
    return as_samples(np.concatenate(parts)[: int(seconds * RATE)])


def hum(seed, *, seconds=12.0):
    """A mains hum with a little noise: what all machines have in common."""
    rng = np.random.default_rng(seed)
    times = np.arange(int(seconds * RATE)) / RATE
    tones = sum(np.sin(2 * np.pi * 100 * k * times + rng.uniform(0, 6)) / k for k in range(1, 8))
    return as_samples(tones + 0.1 * rng.standard_normal(len(times)))


def noise(seed, *, seconds=12.0):
    return as_samples(np.random.default_rng(seed).standard_normal(int(seconds * RATE)))


def speech(text):
    """Spoken by espeak-ng; the test is skipped where it is not installed."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    spoken = subprocess.run(["espeak-ng", "--stdout", text], check=True, capture_output=True).stdout
    with wave.open(io.BytesIO(spoken)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return as_samples(np.interp(np.arange(0, len(samples), file.getframerate() / RATE), *_places(samples)))


def _places(samples):
    return np.arange(len(samples)), samples.astype(float)


def as_samples(sound):
    return np.round(sound * (12_000 / np.abs(sound).max())).astype(np.int16)


def with_noise(samples, *, snr_db, seed=0):
    """White noise at so many decibels below the sound."""
    power = np.mean(samples.astype(float) ** 2) / 10 ** (snr_db / 10)
    noisy = samples + np.random.default_rng(seed).standard_normal(len(samples)) * np.sqrt(power)
    return np.clip(np.round(noisy), -32768, 32767).astype(np.int16)


def through_mp3(samples, *, kbps=32):
    """What is left of a sound after it was an MP3 file."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="mono")
        stream.bit_rate = kbps * 1000
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16p", layout="mono")
        frame.sample_rate = RATE
        container.mux([*stream.encode(frame), *stream.encode(None)])
    file.seek(0)
    with av.open(file) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        return np.concatenate([frame.to_ndarray().reshape(-1) for frame in [*frames, *resampler.resample(None)]])
