"""The archive's film: four shots, each as long as its narration, with the narration as its sound."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from PIL import Image
from shots import FRAME_SIZE, SHOTS, Shot

NARRATION = Path(__file__).resolve().parent / "media" / "film"
FRAMES_PER_S = 10
RATE = 48_000
PAUSE_S = 0.7
"""Silence before and after what is said in a shot."""


def read_sound(path: Path) -> npt.NDArray[np.int16]:
    """A recording as samples: int16[n], mono, 48,000 a second."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(path)) as source:
        parts = [
            part.to_ndarray()[0] for frame in [*source.decode(audio=0), None] for part in resampler.resample(frame)
        ]
    return np.concatenate(parts).astype(np.int16)


def write_film(path: Path) -> None:
    """Write the film as MP4: H.264 and AAC, 480 × 270, ten frames a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pause = np.zeros(round(PAUSE_S * RATE), dtype=np.int16)
    spoken = (read_sound(NARRATION / f"{shot.narration}.ogg") for shot in SHOTS)
    sounds = [_whole_frames(np.concatenate([pause, words, pause])) for words in spoken]
    with av.open(str(path), "w", format="mp4") as film:
        pictures = _picture_stream(film)
        voice = film.add_stream("aac", rate=RATE, layout="mono")
        voice.bit_rate = 64_000
        _encode(film, pictures, _frames(sounds))
        sound = av.AudioFrame.from_ndarray(np.concatenate(sounds)[None, :], format="s16", layout="mono")
        sound.sample_rate, sound.pts = RATE, 0
        film.mux(voice.encode(sound))
        film.mux(voice.encode(None))


def write_clip(shot: Shot, path: Path) -> None:
    """Write two seconds of a shot, without sound."""
    with av.open(str(path), "w", format="mp4") as film:
        _encode(film, _picture_stream(film), (_frame(picture) for picture in shot.frames(2, FRAMES_PER_S)))


def _picture_stream(film: av.container.OutputContainer) -> av.VideoStream:
    # One thread and no macroblock tree: with them x264 does not always give the same bytes for the same pictures.
    options = {"crf": "23", "preset": "veryfast", "x264-params": "threads=1:mbtree=0"}
    stream = film.add_stream("libx264", rate=FRAMES_PER_S, options=options)
    stream.width, stream.height = FRAME_SIZE
    stream.pix_fmt = "yuv420p"
    stream.gop_size = 2 * FRAMES_PER_S
    return stream


def _encode(film: av.container.OutputContainer, stream: av.VideoStream, frames: Iterator[av.VideoFrame]) -> None:
    for number, frame in enumerate(frames):
        frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_S)
        film.mux(stream.encode(frame))
    film.mux(stream.encode(None))


def _whole_frames(sound: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """Fill up with silence to the end of the last frame, so that sound and pictures stay together."""
    return np.pad(sound, (0, -sound.size % (RATE // FRAMES_PER_S)))


def _frames(sounds: list[npt.NDArray[np.int16]]) -> Iterator[av.VideoFrame]:
    for shot, sound in zip(SHOTS, sounds, strict=True):
        for picture in shot.frames(sound.size / RATE, FRAMES_PER_S):
            yield _frame(picture)


def _frame(picture: Image.Image) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
