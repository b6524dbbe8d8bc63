"""Films as a few stills and a sound track."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from sensorium.errors import MediaError, UnsupportedMedia
from sensorium.types import SAMPLE_RATE

from .clock import Clock
from .decoded import Film
from .opening import check_duration, check_file, check_pixels, read_head
from .pictures import scaled_size
from .shots import Sampler, evenly, frames_until
from .signatures import mime_of
from .sounds import SoundTrack
from .streams import MICROSECONDS, broken, header_duration_s, opened, picture_stream, sound_stream, tags

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from sensorium.types import Pixels, Samples

    from .decoded import Limits

_FEW = 3
"""Fewer key frames than this do not stand for a film, ..."""
_KEY_EVERY_S = 10.0
"""... nor do those that lie further apart than this on average."""
_FULL_STEP_S = 2.0


def decode_film(path: Path, limits: Limits, *, shorter_px: int, max_frames: int = 64) -> Film:
    """At most `max_frames` stills, of near-equal neighbours the first, their shorter side `shorter_px` long at most.

    Key frames are decoded alone; only a film with too few of them is decoded in full, for a still every 2 s. Raises
    `MediaError` for files that are damaged, too large or too long, its child `UnsupportedMedia` for those without
    moving picture.
    """
    check_file(path, max_bytes=limits.max_bytes)
    if mime_of(read_head(path)) == "image/gif":
        from .animations import decode_animation

        return decode_animation(path, limits, shorter_px=shorter_px, max_frames=max_frames)
    passage = _Pass(path, limits, shorter_px, 4 * max_frames)
    with opened(path) as container:
        film = passage.run(container, keys_only=True)
        attributes = _attributes(container)
    stills = film.sampler.stills
    if film.sampler.looked_at < max(_FEW, min(film.duration_s / _KEY_EVERY_S, max_frames)):
        with opened(path) as container:
            stills = passage.run(container, keys_only=False).sampler.stills or stills
    if not stills:
        raise MediaError(f"{path}: no frame could be decoded. The file is damaged, cut off or of an unknown codec.")
    if film.sound_error:
        attributes["unread_sound"] = film.sound_error
    frames = frames_until(evenly(stills, max_frames), max(film.duration_s, stills[-1].time_s))
    return Film(frames, film.sound, film.width, film.height, film.duration_s, attributes)


@dataclass(slots=True, eq=False)
class _Read:
    """What one pass over a film has found."""

    sampler: Sampler
    clock: Clock
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    sound: Samples | None = None
    sound_error: str = ""


@dataclass(frozen=True, slots=True)
class _Pass:
    """Reads a film once from start to end."""

    path: Path
    limits: Limits
    shorter_px: int
    capacity: int

    def run(self, container: InputContainer, *, keys_only: bool) -> _Read:
        """The stills of key frames and the sound, or the stills of all frames at even steps without the sound."""
        video = self._video(container)
        header_s = header_duration_s(container)
        check_duration(self.path, header_s or 0.0, self.limits.max_duration_s)
        start_s = (container.start_time or 0) / MICROSECONDS
        read = _Read(
            Sampler(step_s=self._step_s(header_s, keys_only), capacity=self.capacity),
            Clock(start_s=start_s, spacing_s=1 / float(video.average_rate or 25), header_duration_s=header_s),
        )
        audio = sound_stream(container) if keys_only else None
        track = SoundTrack(self.path, self.limits.max_duration_s, film_start_s=start_s)
        eye = _Eye(self, video, read, keys_only)
        for packet in self._packets(container, [video, audio] if audio else [video]):
            if packet.stream_index == video.index:
                eye.look(packet)
            else:
                track.add(cast("Packet[AudioStream]", packet))
        read.duration_s = read.clock.end_s
        if audio:
            self._hear(track, read)
        return read

    def _video(self, container: InputContainer) -> VideoStream:
        video = picture_stream(container)
        if video is None:
            raise UnsupportedMedia(f"{self.path} holds no moving picture that can be decoded.")
        check_pixels(self.path, video.width, video.height, self.limits.max_pixels)
        return video

    def _step_s(self, header_s: float | None, keys_only: bool) -> float:
        """Time between the stills to look at: no more than could be kept, in a short film at least four."""
        if header_s is None:
            return 0.0 if keys_only else _FULL_STEP_S
        return header_s / self.capacity if keys_only else max(header_s / self.capacity, min(_FULL_STEP_S, header_s / 4))

    def _packets(self, container: InputContainer, streams: list[Any]) -> Iterator[Packet[Stream]]:
        """All packets up to where the file breaks off."""
        seen = False
        try:
            for packet in container.demux(streams):
                seen = seen or packet.size > 0
                yield packet
        except av.FFmpegError as error:
            if not seen:
                raise broken(self.path, error) from error

    @staticmethod
    def _hear(track: SoundTrack, read: _Read) -> None:
        try:
            read.sound = track.finish()
            read.duration_s = max(read.duration_s, len(read.sound) / SAMPLE_RATE)
        except MediaError as error:
            read.sound_error = str(error)


class _Eye:
    """Decodes the packets of the picture stream and offers their frames."""

    def __init__(self, passage: _Pass, video: VideoStream, read: _Read, keys_only: bool) -> None:
        self._pass = passage
        self._read = read
        self._keys_only = keys_only
        self._aspect = float(video.sample_aspect_ratio or 1) or 1.0
        self._reformatter = VideoReformatter()
        # Frames that no other frame refers to are half of most films and are not missed at 2 s.
        fast = float(video.average_rate or 0) > 8
        video.codec_context.skip_frame = "NONKEY" if keys_only else "NONREF" if fast else "DEFAULT"

    def look(self, packet: Packet[Any]) -> None:
        if packet.size:
            time_s = self._set_clock(packet)
            check_duration(self._pass.path, time_s, self._pass.limits.max_duration_s)
            if self._keys_only and not (packet.is_keyframe and self._read.sampler.wants(time_s)):
                return
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except av.FFmpegError:
            return  # a damaged packet: the next key frame heals the picture
        for frame in frames:
            self._offer(frame)

    def _set_clock(self, packet: Packet[Any]) -> float:
        """The packet's time in the film. Its stamps are set to it, so that its frames, which come later, carry it."""
        stamp = packet.pts if packet.pts is not None else packet.dts
        stamp_s = None if stamp is None else float(stamp * packet.time_base)
        time_s = self._read.clock.see(stamp_s, float((packet.duration or 0) * packet.time_base))
        shift = round(self._read.clock.offset_s / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts + shift
        packet.dts = None if packet.dts is None else packet.dts + shift
        return time_s

    def _offer(self, frame: VideoFrame) -> None:
        check_pixels(self._pass.path, frame.width, frame.height, self._pass.limits.max_pixels)
        quarter_turns = round(frame.rotation / 90) % 4
        width, height = max(1, round(frame.width * self._aspect)), frame.height
        if not self._read.width:
            self._read.width, self._read.height = (height, width) if quarter_turns % 2 else (width, height)
        time_s = self._read.clock.end_s if frame.time is None else max(0.0, frame.time)
        self._read.sampler.offer(time_s, lambda: self._draw(frame, width, height, quarter_turns))

    def _draw(self, frame: VideoFrame, width: int, height: int, quarter_turns: int) -> Pixels:
        width, height = scaled_size(width, height, self._pass.shorter_px)
        small = self._reformatter.reformat(frame, width, height, "rgb24", interpolation=Interpolation.AREA)
        return np.ascontiguousarray(np.rot90(small.to_ndarray(), quarter_turns))


def _attributes(container: InputContainer) -> dict[str, Any]:
    attributes: dict[str, Any] = dict(tags(container))
    created = container.metadata.get("creation_time", "")
    with suppress(ValueError):  # not stated, or not in ISO 8601
        attributes["taken_at"] = datetime.fromisoformat(created).isoformat()
    return attributes
