"""Media that tests make themselves."""

import wave

import numpy as np

RATE = 16_000


def write_sound(path, *, seconds, hertz=440.0):
    """A sine tone as 16-bit WAV."""
    times = np.arange(int(seconds * RATE)) / RATE
    samples = (np.sin(2 * np.pi * hertz * times) * 12_000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
