"""Films as a few stills and a sound track."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av

from sensorium.errors import MediaError, UnsupportedMedia
from sensorium.types import SAMPLE_RATE

from .clock import Clock
from .decoded import Film
from .film_eye import Eye, View
from .opening import check_duration, check_file, check_pixels, read_head
from .shots import Shots
from .signatures import mime_of
from .sounds import SoundTrack
from .streams import MICROSECONDS, broken, header_duration_s, opened, picture_stream, sound_stream, tags
from .subtitles import SubtitleTrack, text_streams

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

    from .decoded import Limits

_PLACES = ("com.apple.quicktime.location.ISO6709", "location")
_PLACE = re.compile(r"([+-]\d{1,2}\.\d+)([+-]\d{1,3}\.\d+)")
"""Latitude and longitude in degrees, as ISO 6709 has them and telephones write them."""
MAX_FRAMES = 1500
"""Stills of one film at most, a feature film's number of shots; of more the most alike are joined."""


def decode_film(path: Path, limits: Limits, *, shorter_px: int, max_frames: int = MAX_FRAMES) -> Film:
    """A still for each shot, their shorter side `shorter_px` long at most, the sound track, and the subtitles inside.

    Shots begin at the very frame of a cut. A shot that lasts gives a still about every 10 s, of near-equal neighbours
    the first; where there are more than `max_frames`, the most alike neighbours are joined. A film that breaks off
    gives what lies before. Raises `MediaError` for files that are damaged, too large or too long, its child
    `UnsupportedMedia` for those without moving picture.
    """
    check_file(path, max_bytes=limits.max_bytes)
    if mime_of(read_head(path)) == "image/gif":
        from .animations import decode_animation

        return decode_animation(path, limits, shorter_px=shorter_px, max_frames=max_frames)
    with opened(path) as container:
        return _Pass(View(path, limits, shorter_px), container, max_frames).film()


@dataclass(frozen=True, slots=True)
class _Pass:
    """Reads a film once from start to end."""

    view: View
    container: InputContainer
    max_frames: int

    def film(self) -> Film:
        view, video = self.view, self._video()
        header_s = header_duration_s(self.container)
        check_duration(view.path, header_s or 0.0, view.limits.max_duration_s)
        start_s = (self.container.start_time or 0) / MICROSECONDS
        clock = Clock(start_s=start_s, spacing_s=1 / float(video.average_rate or 25), header_duration_s=header_s)
        shots = Shots(capacity=self.max_frames)
        eye = Eye(view, video, clock, shots)
        audio = sound_stream(self.container)
        track = SoundTrack(view.path, view.limits, film_start_s=start_s)
        written = text_streams(self.container)
        texts = {stream.index: SubtitleTrack(stream, start_s=start_s) for stream in written}
        for packet in self._packets([video, *([audio] if audio else []), *written]):
            if packet.stream_index == video.index:
                eye.look(packet)
            elif packet.stream_index in texts:
                texts[packet.stream_index].add(packet)
            else:
                track.add(cast("Packet[AudioStream]", packet))
        eye.close()
        if not eye.seen:
            raise MediaError(
                f"{view.path}: no frame could be decoded. The file is damaged, cut off or of an unknown codec."
            )
        attributes = _attributes(self.container)
        sound = None
        if audio:
            try:
                sound = track.finish()
            except MediaError as error:
                attributes["unread_sound"] = str(error)
        duration_s = max(clock.end_s, 0.0 if sound is None else len(sound) / SAMPLE_RATE)
        subtitles = tuple(found for text in texts.values() if (found := text.finish()).utterances)
        return Film(shots.finish(duration_s), sound, eye.width, eye.height, duration_s, attributes, subtitles)

    def _video(self) -> VideoStream:
        video = picture_stream(self.container)
        if video is None:
            raise UnsupportedMedia(f"{self.view.path} holds no moving picture that can be decoded.")
        check_pixels(self.view.path, video.width, video.height, self.view.limits.max_pixels)
        return video

    def _packets(self, streams: list[Any]) -> Iterator[Packet[Stream]]:
        """All packets up to where the file breaks off."""
        seen = False
        try:
            for packet in self.container.demux(streams):
                seen = seen or packet.size > 0
                yield packet
        except av.FFmpegError as error:
            if not seen:
                raise broken(self.view.path, error) from error


def _attributes(container: InputContainer) -> dict[str, Any]:
    attributes: dict[str, Any] = dict(tags(container))
    created = container.metadata.get("creation_time", "")
    with suppress(ValueError):  # not stated, or not in ISO 8601
        attributes["date"] = datetime.fromisoformat(created).isoformat()
    found = _PLACE.match(next((container.metadata[key] for key in _PLACES if key in container.metadata), ""))
    if found:
        attributes["place"] = {"lat": float(found[1]), "lon": float(found[2])}
    return attributes
