"""Large pictures of single places in a file, to have text read in them: a picture itself, moments of a film, pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sensorium.errors import MediaError

from .opening import check_file, check_pixels

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from PIL import Image

    from sensorium.types import Pixels

    from .decoded import Limits

_LATE_S = 10.0
"""A film whose frame has not come by then, decoding on from the key frame before it, is left alone at this place."""


@dataclass(frozen=True, slots=True)
class Place:
    """A span of a film, a page of a document, or, with nothing said, the whole of a picture."""

    start_s: float | None = None
    end_s: float | None = None
    page: int | None = None


def draw_picture(path: Path, limits: Limits, longer_px: int) -> Pixels:
    """The picture, its longer side at most `longer_px` long. Raises `MediaError`."""
    from .pictures import decode_picture, opened_picture

    with opened_picture(path, limits) as image:
        shorter_px = _shorter(image, longer_px)
    return decode_picture(path, limits, shorter_px=shorter_px).pixels


def draw_frames(path: Path, limits: Limits, places: Sequence[Place], longer_px: int) -> Iterator[tuple[Place, Pixels]]:
    """Of each place, in order, the frame at its middle, when a title has faded in and not yet out.

    Places whose frame cannot be decoded are left out.
    """
    from .kinds import sniff

    check_file(path, max_bytes=limits.max_bytes)
    draw = _animation_frames if sniff(path).mime == "image/gif" else _film_frames
    yield from draw(path, limits, places, longer_px)


def _middle_s(place: Place) -> float:
    start_s = place.start_s or 0.0
    return (start_s + (start_s if place.end_s is None else place.end_s)) / 2


def _shorter(image: Image.Image, longer_px: int) -> int:
    return max(1, round(longer_px * min(image.size) / max(image.size)))


def _animation_frames(
    path: Path, limits: Limits, places: Sequence[Place], longer_px: int
) -> Iterator[tuple[Place, Pixels]]:
    from .animations import decode_animation
    from .films import MAX_FRAMES
    from .pictures import opened_picture

    with opened_picture(path, limits) as image:
        shorter_px = _shorter(image, longer_px)
    frames = decode_animation(path, limits, shorter_px=shorter_px, max_frames=MAX_FRAMES).frames
    for place in places:
        time_s = _middle_s(place)
        yield from ((place, frame.pixels) for frame in frames if frame.start_s <= time_s < frame.end_s)


def _film_frames(path: Path, limits: Limits, places: Sequence[Place], longer_px: int) -> Iterator[tuple[Place, Pixels]]:
    from .streams import opened, picture_stream

    with opened(path) as container:
        video = picture_stream(container)
        if video is None:
            raise MediaError(f"{path} holds no moving picture that can be decoded.")
        check_pixels(path, video.width, video.height, limits.max_pixels)
        for place in places:
            frame = _frame_at(container, video, _middle_s(place))
            if frame is not None:
                yield place, _drawn(frame, video, longer_px)


def _frame_at(container: InputContainer, video: VideoStream, time_s: float) -> VideoFrame | None:
    """The first frame at or after a time in the film, found from the key frame before it."""
    import av

    from .streams import MICROSECONDS

    first_s = (container.start_time or 0) / MICROSECONDS
    half_a_frame_s = 0.5 / float(video.average_rate or 25)
    with suppress(av.FFmpegError):  # a damaged place is no reason to give up the others
        container.seek(round((time_s + first_s) * MICROSECONDS))
        for frame in container.decode(video):
            if frame.time is None or frame.time - first_s >= time_s - half_a_frame_s:
                return frame
            if frame.time - first_s < time_s - _LATE_S:
                return None
    return None


def _drawn(frame: VideoFrame, video: VideoStream, longer_px: int) -> Pixels:
    import numpy as np
    from av.video.reformatter import Interpolation

    aspect = float(video.sample_aspect_ratio or 1) or 1.0
    width, height = max(1, round(frame.width * aspect)), frame.height
    scale = min(1.0, longer_px / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = frame.reformat(*size, "rgb24", interpolation=Interpolation.AREA)
    return np.ascontiguousarray(np.rot90(small.to_ndarray(), round(frame.rotation / 90) % 4))
