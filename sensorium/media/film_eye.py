"""Looks at a film packet by packet: key frames are decoded alone, and what lies between two of them only where needed.

Decoding every frame costs ten to a hundred times as much as decoding the key frames. Encoders set one every few
seconds and at most cuts, so that they tell the shots; to know the very frame of a cut, the frames between two key
frames that differ are decoded as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from .cuts import CHANGED, difference, find_cuts, miniature
from .opening import check_duration, check_pixels
from .pictures import scaled_size
from .shots import Shots, Still

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from sensorium.types import Pixels

    from .clock import Clock
    from .cuts import Miniature
    from .decoded import Limits

_KEY_EVERY_S = 10.0
"""Where key frames lie further apart than this, all frames are decoded."""
_DRAW_EVERY_S = 0.5
"""Stills are drawn no closer than this; key frames that follow one another faster count as ordinary frames."""
_SMALL_PX = 64
"""Frames are compared by miniatures; shrinking them to this first is FFmpeg's work, not Python's."""
_FINE_PIXELS = 3e10
"""Decoded between key frames at most, some minutes of work; a film that needs more has its later cuts at key frames."""
_HELD_BYTES = 64 << 20
"""Packets held between two key frames at most."""


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """One frame as far as it was looked at: a still of it was drawn, or not."""

    time_s: float
    miniature: Miniature
    still: Still | None


@dataclass(frozen=True, slots=True)
class View:
    """What a film is looked at for: stills whose shorter side has `shorter_px` pixels at most."""

    path: Path
    limits: Limits
    shorter_px: int


class Eye:
    """Offers the stills and cuts of one picture stream to `shots`. To be given every packet, in the file's order."""

    def __init__(self, view: View, video: VideoStream, clock: Clock, shots: Shots) -> None:
        self.width = 0
        self.height = 0
        self.seen = False
        self._view = view
        self._video = video
        self._clock = clock
        self._shots = shots
        self._pen = _Pen(view.shorter_px, float(video.sample_aspect_ratio or 1) or 1.0)
        self._held: list[Packet[Any]] = []
        self._held_bytes = 0
        self._live = False  # the decoder is in the middle of a stretch without key frames
        self._since_s = 0.0
        self._last: _Look | None = None
        self._fine_pixels = 0.0

    def look(self, packet: Packet[Any]) -> None:
        """The next packet; the empty one at the end included."""
        if not packet.size:
            self.close()
            return
        time_s = self._set_clock(packet)
        check_duration(self._view.path, time_s, self._view.limits.max_duration_s)
        if packet.is_keyframe and (self._last is None or time_s >= self._last.time_s + _DRAW_EVERY_S):
            self._key(packet, time_s)
            return
        self._held.append(packet)
        self._held_bytes += packet.size
        if time_s - self._since_s > _KEY_EVERY_S or self._held_bytes > _HELD_BYTES:
            self._go_live(time_s)

    def _key(self, packet: Packet[Any], time_s: float) -> None:
        if self._live:
            self._judge(self._frames(self._held, drain=True))
        alone = self._frames([packet], drain=True)
        if alone:
            self._judge(self._between(alone[0]), end=alone[0])
        self._held, self._held_bytes = [packet], packet.size
        self._live, self._since_s = False, time_s

    def _between(self, key: _Look) -> Sequence[_Look]:
        """The frames since the last key frame, where they may hold a cut that is worth its work."""
        if self._live or self._last is None or self._fine_pixels > _FINE_PIXELS:
            return ()
        if difference(self._last.miniature, key.miniature) < CHANGED:
            return ()
        return self._frames(self._held, drain=True)

    def _go_live(self, time_s: float) -> None:
        """Decode what is held, and let the decoder go on from there with what comes next."""
        if self._fine_pixels > _FINE_PIXELS:  # frames that no other frame refers to are half of most films
            self._video.codec_context.skip_frame = "NONREF"
        self._judge(self._frames(self._held, drain=False))
        self._held, self._held_bytes = [], 0
        self._live, self._since_s = True, time_s

    def close(self) -> None:
        """No packet comes any more."""
        if self._held or self._live:
            self._judge(self._frames(self._held, drain=True))
        self._held, self._live = [], False

    def _judge(self, looks: Sequence[_Look], *, end: _Look | None = None) -> None:
        """Hand on what was seen since the last look, cuts and stills in order of time."""
        last_s = -1.0 if self._last is None else self._last.time_s
        new = [look for look in looks if look.time_s > last_s and (end is None or look.time_s < end.time_s)]
        new = sorted([*new, *([end] if end else [])], key=lambda look: look.time_s)
        if not new:
            return
        known = [] if self._last is None else [self._last]
        run = [*known, *new]
        cuts = set(find_cuts([look.time_s for look in run], [look.miniature for look in run]))
        for place, look in enumerate(new, len(known)):
            if place in cuts:
                self._shots.cut(look.time_s)
            if look.still is not None:
                self._shots.offer(look.still)
        self._last = run[-1]

    def _frames(self, packets: Sequence[Packet[Any]], *, drain: bool) -> list[_Look]:
        """Decode packets; with `drain`, all of their frames, after which the decoder begins anew."""
        looks: list[_Look] = []
        next_s = 0.0
        for frame in self._decoded(packets, drain=drain):
            check_pixels(self._view.path, frame.width, frame.height, self._view.limits.max_pixels)
            self._fine_pixels += frame.width * frame.height
            self._measure(frame)
            time_s = self._time_of(frame)
            small = miniature(self._pen.draw(frame, _SMALL_PX))
            still = None
            if time_s >= next_s or not self.seen:
                still = Still.of(time_s, self._pen.draw(frame))
                next_s = time_s + _DRAW_EVERY_S
            self.seen = True
            looks.append(_Look(time_s, small, still))
        return looks

    def _time_of(self, frame: VideoFrame) -> float:
        if frame.pts is None or self._video.time_base is None:
            return self._clock.end_s
        return max(0.0, float(frame.pts * self._video.time_base))  # those drained at the end have no base of their own

    def _decoded(self, packets: Sequence[Packet[Any]], *, drain: bool) -> Iterator[VideoFrame]:
        decoder = self._video.codec_context
        for packet in [*packets, *([None] if drain else [])]:
            try:
                yield from decoder.decode(packet)
            except MemoryError:
                raise
            except av.FFmpegError:
                continue  # a damaged packet: the next key frame heals the picture
        if drain:
            decoder.flush_buffers()

    def _measure(self, frame: VideoFrame) -> None:
        if not self.width:
            self.width, self.height = self._pen.shown_size(frame)

    def _set_clock(self, packet: Packet[Any]) -> float:
        """The packet's time in the film. Its stamps are set to it, so that its frames, which come later, carry it."""
        shown_s, decoded_s = (
            None if stamp is None else float(stamp * packet.time_base) for stamp in (packet.pts, packet.dts)
        )
        lasts_s = float((packet.duration or 0) * packet.time_base)
        time_s = self._clock.see(shown_s, lasts_s, decoded_s=decoded_s)
        shift = round(self._clock.offset_s / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts + shift
        packet.dts = None if packet.dts is None else packet.dts + shift
        return time_s


class _Pen:
    """Draws frames upright, with square pixels, scaled down."""

    def __init__(self, shorter_px: int, aspect: float) -> None:
        self._shorter_px = shorter_px
        self._aspect = aspect
        self._reformatters = {False: VideoReformatter(), True: VideoReformatter()}  # each keeps its tables for one size

    def shown_size(self, frame: VideoFrame) -> tuple[int, int]:
        width, height = max(1, round(frame.width * self._aspect)), frame.height
        return (height, width) if self._quarter_turns(frame) % 2 else (width, height)

    def draw(self, frame: VideoFrame, shorter_px: int | None = None) -> Pixels:
        width, height = max(1, round(frame.width * self._aspect)), frame.height
        width, height = scaled_size(width, height, shorter_px or self._shorter_px)
        reformatter = self._reformatters[shorter_px is None]
        small = reformatter.reformat(frame, width, height, "rgb24", interpolation=Interpolation.AREA)
        return np.ascontiguousarray(np.rot90(small.to_ndarray(), self._quarter_turns(frame)))

    @staticmethod
    def _quarter_turns(frame: VideoFrame) -> int:
        return round(frame.rotation / 90) % 4
