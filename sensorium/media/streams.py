"""Opening sound and film with FFmpeg's libraries, so that a file can make them read nothing but itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.stream import Disposition

from sensorium.errors import MediaError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

# Playlists and scripts (HLS, concat, SDP) are demuxers too and would fetch what a file names; these would not.
_FORMATS = (
    "wav,w64,aiff,caf,au,flac,ogg,mp3,aac,amr,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,mpeg,mpegts,"
    "mpegvideo,gif"
)
_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
_TAGS = ("title", "artist", "album")
MICROSECONDS = 1_000_000


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The file's container. Raises `MediaError` when it is none or is broken."""
    try:
        container = av.open(f"file:{path.absolute()}", options=dict(_OPTIONS), metadata_errors="replace")
    except av.FFmpegError as error:
        raise broken(path, error) from error
    with container:
        yield container


def broken(path: Path, error: av.FFmpegError) -> MediaError:
    """The error to raise for a file that FFmpeg gives up on."""
    reason = "its start makes no sense" if isinstance(error, av.InvalidDataError | av.ArgumentError) else error.strerror
    return MediaError(f"{path} cannot be decoded as sound or film: {reason}. It is damaged, cut off or mislabelled.")


def sound_stream(container: InputContainer) -> AudioStream | None:
    """The sound track that a player would choose, if there is any that can be decoded."""
    streams = [stream for stream in container.streams.audio if stream.codec_context is not None]
    return min(streams, key=lambda stream: not stream.disposition & Disposition.default, default=None)


def picture_stream(container: InputContainer) -> VideoStream | None:
    """The first moving picture that can be decoded; cover art in a recording is none."""
    for stream in container.streams.video:
        if stream.codec_context is not None and not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def header_duration_s(container: InputContainer) -> float | None:
    """The duration the header states, if any; it may be an estimate."""
    return container.duration / MICROSECONDS if container.duration and container.duration > 0 else None


def tags(container: InputContainer) -> dict[str, str]:
    """Title, artist and album, where tagged. Ogg tags its streams, the others the container."""
    found: dict[str, str] = {}
    for metadata in [*(stream.metadata for stream in container.streams), container.metadata]:
        found.update({key.lower(): value.strip() for key, value in metadata.items() if value.strip()})
    return {key: found[key] for key in _TAGS if key in found}
