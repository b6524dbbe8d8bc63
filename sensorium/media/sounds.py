"""Sound of every common format as 16 kHz mono."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from sensorium.errors import MediaError, UnsupportedMedia
from sensorium.types import SAMPLE_RATE

from .decoded import Sound
from .opening import check_duration, check_file
from .sample_store import SampleStore
from .streams import broken, header_duration_s, opened, sound_stream, tags

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.packet import Packet

    from sensorium.types import Samples

    from .decoded import Limits


def decode_sound(path: Path, limits: Limits) -> Sound:
    """The file's sound, of a film too, resampled by FFmpeg.

    Damaged stretches are left out. Raises `MediaError` for files from which no sound comes and for those that are too
    large or last too long, its child `UnsupportedMedia` for files without a sound track.
    """
    check_file(path, max_bytes=limits.max_bytes)
    with opened(path) as container:
        check_duration(path, header_duration_s(container) or 0.0, limits.max_duration_s)
        stream = sound_stream(container)
        if stream is None:
            raise UnsupportedMedia(f"{path} has no sound track that can be decoded.")
        track = SoundTrack(path, limits)
        try:
            for packet in container.demux(stream):
                track.add(packet)
        except av.FFmpegError as error:
            if not track.has_sound:
                raise broken(path, error) from error
        samples = track.finish()
        return Sound(samples, len(samples) / SAMPLE_RATE, tags(container))


class SoundTrack:
    """Gathers the packets of one stream as samples."""

    def __init__(self, path: Path, limits: Limits, *, film_start_s: float | None = None) -> None:
        """With `film_start_s`, silence is put before a track that starts later than its film."""
        self._path = path
        self._max_duration_s = limits.max_duration_s
        self._film_start_s = film_start_s
        self._resampler: av.AudioResampler | None = None
        self._begun = False
        self._store = SampleStore(limits.spool)

    @property
    def has_sound(self) -> bool:
        return self._store.length > 0

    def add(self, packet: Packet[AudioStream]) -> None:
        """Decode a packet, the empty one at the end included. A damaged one is left out."""
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except av.FFmpegError:
            return
        for frame in frames:
            if not self._begun:
                self._begun = True
                self._pad(frame)
            self._resample(frame)

    def finish(self) -> Samples:
        """All samples: int16[n], 16 kHz, mono. Raises `MediaError` when nothing could be decoded."""
        self._flush()
        if not self.has_sound:
            raise MediaError(f"{self._path}: no sound could be decoded. The file is damaged, cut off or mislabelled.")
        return self._store.finish()

    def _pad(self, first: AudioFrame) -> None:
        if self._film_start_s is None or first.time is None:
            return
        late_s = min(first.time - self._film_start_s, self._max_duration_s)
        self._store.add(np.zeros(max(0, round(late_s * SAMPLE_RATE)), np.int16))

    def _resample(self, frame: AudioFrame) -> None:
        frame.pts = None  # times with gaps would make the resampler invent or drop samples
        if self._resampler is None:
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        try:
            self._keep(self._resampler.resample(frame))
        except ValueError:  # rate or channels changed in the middle of the stream
            self._flush()
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
            self._keep(self._resampler.resample(frame))

    def _flush(self) -> None:
        if self._resampler is not None:
            self._keep(self._resampler.resample(None))
            self._resampler = None

    def _keep(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            self._store.add(frame.to_ndarray().reshape(-1).astype(np.int16, copy=False))
        check_duration(self._path, self._store.length / SAMPLE_RATE, self._max_duration_s)
