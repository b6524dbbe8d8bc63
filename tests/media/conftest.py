"""Makers of real media files, each with contents that a test can compare."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from sensorium.media.decoded import Limits
from tests.media_files import write_pdf

RED, GREEN, BLUE, YELLOW = (220, 20, 20), (20, 180, 20), (20, 20, 220), (230, 220, 20)


@pytest.fixture
def limits():
    return Limits(max_bytes=50_000_000, max_pixels=20_000_000, max_duration_s=120.0)


def quarters(width=120, height=80):
    """A picture with red, green, blue and yellow quarters, in reading order."""
    image = Image.new("RGB", (width, height))
    half, middle = width // 2, height // 2
    for colour, at in zip((RED, GREEN, BLUE, YELLOW), ((0, 0), (half, 0), (0, middle), (half, middle)), strict=True):
        image.paste(colour, (*at, at[0] + half, at[1] + middle))
    return image


def corners(pixels):
    """The colours at the middle of each quarter, in reading order."""
    height, width = pixels.shape[:2]
    rows, columns = (height // 4, 3 * height // 4), (width // 4, 3 * width // 4)
    return [tuple(int(value) for value in pixels[y, x]) for y in rows for x in columns]


def assert_colours(found, expected, tolerance=10):
    assert len(found) == len(expected)
    difference = np.abs(np.array(found, int) - np.array(expected, int)).max()
    assert difference <= tolerance, f"{found} is not {expected}"


def tone(frequency_hz, duration_s, rate):
    times = np.arange(int(duration_s * rate)) / rate
    return (np.sin(2 * np.pi * frequency_hz * times) * 12_000).astype(np.int16)


def loudest_hz(samples, rate=16_000):
    """The frequency with most energy."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


def write_sound(path: Path, codec: str, *, frequency_hz=440.0, duration_s=2.0, rate=44_100, channels=2, tags=None):
    """A tone in every channel."""
    with av.open(str(path), "w") as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(
            codec, rate=rate, layout="stereo" if channels == 2 else "mono", options={"strict": "experimental"}
        )
        stream.bit_rate = 128_000
        _encode_sound(container, stream, tone(frequency_hz, duration_s, rate), rate, channels)
        container.mux(stream.encode(None))
    return path


def _encode_sound(container, stream, samples, rate, channels):
    resampler = av.AudioResampler(
        format=stream.codec_context.format,
        layout=stream.codec_context.layout,
        rate=rate,
        frame_size=_frame_size(stream),
    )
    frame = av.AudioFrame.from_ndarray(
        np.repeat(samples, channels)[None], format="s16", layout="stereo" if channels == 2 else "mono"
    )
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    for part in [*resampler.resample(frame), *resampler.resample(None)]:
        container.mux(stream.encode(part))


def _frame_size(stream):
    stream.codec_context.open(strict=False)
    return stream.codec_context.frame_size or None


def write_film(
    path: Path, colours, *, codec="libx264", each_s=2.0, fps=10, gop=10, tone_hz=None, size=(96, 64), **more
):
    """One colour after another, `each_s` seconds each. `more`: rotation_deg, options."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps, options=more.get("options", {}))
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.gop_size = gop
        if more.get("rotation_deg"):
            stream.set_display_rotation(more["rotation_deg"])
        sound = container.add_stream(more.get("sound_codec", "aac"), rate=44_100, layout="mono") if tone_hz else None
        for number in range(round(len(colours) * each_s * fps)):
            image = colours[int(number / fps / each_s)]
            image = image if isinstance(image, Image.Image) else Image.new("RGB", size, image)
            frame = av.VideoFrame.from_image(image)
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            _encode_sound(container, sound, tone(tone_hz, len(colours) * each_s, 44_100), 44_100, 1)
            container.mux(sound.encode(None))
    return path


class Makers:
    """What the tests of this folder share; a fixture, because conftest modules are not for importing."""

    RED, GREEN, BLUE, YELLOW = RED, GREEN, BLUE, YELLOW
    quarters = staticmethod(quarters)
    corners = staticmethod(corners)
    assert_colours = staticmethod(assert_colours)
    loudest_hz = staticmethod(loudest_hz)
    sound = staticmethod(write_sound)
    film = staticmethod(write_film)
    pdf = staticmethod(write_pdf)


@pytest.fixture(scope="session")
def make():
    return Makers
