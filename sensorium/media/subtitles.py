"""Subtitles as utterances: tracks inside a film, and files beside it. FFmpeg parses all of their formats."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av

from sensorium.errors import MediaError
from sensorium.types import Utterance

from .decoded import Subtitles
from .languages import language_code
from .opening import check_file
from .plain import read_text
from .side_files import SUBTITLE_FORMATS

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.subtitles.stream import SubtitleStream
    from av.subtitles.subtitle import AssSubtitle

_TEXT_CODECS = frozenset(("subrip", "srt", "webvtt", "ass", "ssa", "mov_text", "text"))  # the others are pictures
_MAX_BYTES = 16_000_000
_MAX_LANGUAGES = 4
_UNSTATED_S = 3.0  # how long a cue without an end stands, if the next does not come before
_TOUCHING_S = 0.1
_STYLE = re.compile(r"\{[^}]*\}|</?[a-z][^>]*>", re.IGNORECASE)
_DASH = re.compile(r"^[-‐–—]\s*")


@dataclass(frozen=True, slots=True)
class _Cue:
    start_s: float
    end_s: float | None
    lines: tuple[str, ...]


def read_side_file(path: Path) -> Subtitles:
    """A subtitle file of any encoding; the language is the one that its name states. Raises `MediaError`."""
    check_file(path, max_bytes=_MAX_BYTES)
    text = io.BytesIO(read_text(path).encode())
    try:
        with cast("InputContainer", av.open(text, format=SUBTITLE_FORMATS[path.suffix.lower()])) as container:
            stream = container.streams.subtitles[0]
            track = SubtitleTrack(stream, start_s=0.0)
            for packet in container.demux(stream):
                track.add(packet)
    except (av.FFmpegError, IndexError) as error:
        raise MediaError(
            f"{path} cannot be read as subtitles: {error}. Check that it is what its name says."
        ) from error
    languages = [language_code(part) for part in path.stem.split(".")[1:]]
    found = track.finish(language=next((code for code in reversed(languages) if code), ""))
    if not found.utterances:
        raise MediaError(f"{path} holds no subtitles. Check that it is what its name says.")
    return found


def text_streams(container: InputContainer) -> list[SubtitleStream]:
    """The tracks to read: one for each of the first languages, without those that translate only signs."""
    chosen: dict[str, SubtitleStream] = {}
    streams = [s for s in container.streams.subtitles if s.codec_context is not None and s.name in _TEXT_CODECS]
    for stream in sorted(streams, key=lambda each: not each.disposition & av.stream.Disposition.default):
        if not stream.disposition & av.stream.Disposition.forced:
            chosen.setdefault(_language(stream), stream)
    return list(chosen.values())[:_MAX_LANGUAGES]


class SubtitleTrack:
    """Gathers the packets of one subtitle stream."""

    def __init__(self, stream: SubtitleStream, *, start_s: float) -> None:
        """`start_s` is where the film's own time begins on the stream's clock."""
        self._language = _language(stream)
        self._start_s = start_s
        self._cues: list[_Cue] = []

    def add(self, packet: Packet[Any]) -> None:
        """A packet, the empty one at the end included. A damaged one is left out."""
        if not packet.size or packet.pts is None:
            return
        try:
            events = cast("list[AssSubtitle]", packet.decode())
        except av.FFmpegError:
            return
        start_s = max(0.0, float(packet.pts * packet.time_base) - self._start_s)
        lasts_s = float((packet.duration or 0) * packet.time_base)
        text = "\n".join(event.dialogue.decode("utf-8", "replace") for event in events if event.type == b"ass")
        lines = [_DASH.sub("", " ".join(line.split())) for line in _STYLE.sub("", text).splitlines()]
        self._cues.append(_Cue(start_s, start_s + lasts_s if lasts_s > 0 else None, tuple(filter(None, lines))))

    def finish(self, *, language: str = "") -> Subtitles:
        """Every cue as an utterance, none overlapping the next. `language` is what is known from elsewhere."""
        language = language or self._language
        cues = _unrolled(sorted((cue for cue in self._cues if cue.lines), key=lambda cue: cue.start_s))
        following = [*(cue.start_s for cue in cues), float("inf")][1:]
        return Subtitles(
            language,
            tuple(
                Utterance(cue.start_s, _end(cue, next_s), " ".join(cue.lines), language)
                for cue, next_s in zip(cues, following, strict=True)
            ),
        )


def _end(cue: _Cue, next_s: float) -> float:
    end_s = cue.end_s if cue.end_s is not None else cue.start_s + _UNSTATED_S
    return min(end_s, next_s) if next_s > cue.start_s else end_s


def _unrolled(cues: Sequence[_Cue]) -> list[_Cue]:
    """Captions that roll up show a line again while the next is said; here every line stands once."""
    found: list[_Cue] = []
    for cue in cues:
        before = found[-1] if found else None
        lines = cue.lines
        if before is not None and (before.end_s is None or cue.start_s <= before.end_s + _TOUCHING_S):
            again = next(
                (n for n in range(min(len(lines), len(before.lines)), 0, -1) if before.lines[-n:] == lines[:n]), 0
            )
            lines = lines[again:]
            if again:  # what it repeats is still being shown
                found[-1] = _Cue(before.start_s, cue.start_s if lines else cue.end_s, before.lines)
        if lines:
            found.append(_Cue(cue.start_s, cue.end_s, lines))
    return found


def _language(stream: SubtitleStream) -> str:
    return language_code(stream.metadata.get("language", ""))
