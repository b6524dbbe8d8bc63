"""Which subtitle files belong to a film, by their names. Imports nothing heavy: a scan asks for every film."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .languages import language_code

SUBTITLE_FORMATS = {".srt": "srt", ".vtt": "webvtt", ".ass": "ass", ".ssa": "ass"}
"""Suffixes of the files beside a film that are read, and FFmpeg's names of their formats."""
_FLAGS = frozenset(("forced", "sdh", "cc", "hi", "default", "full", "subs", "subtitles", "auto"))


def side_files(film: Path, names: Iterable[str]) -> tuple[Path, ...]:
    """The subtitle files of a film among the `names` in its folder: `film.srt`, `film.en.vtt`, `film.mkv.srt`."""
    found = []
    for name in sorted(names):
        middle, dot, suffix = name.removeprefix(film.stem).rpartition(".")
        if (
            name.startswith(film.stem)
            and dot
            and f".{suffix.lower()}" in SUBTITLE_FORMATS
            and _describes(middle.removeprefix(film.suffix))
        ):
            found.append(film.with_name(name))
    return tuple(found)


def _describes(middle: str) -> bool:
    """Whether what stands between a film's name and the suffix says what the subtitles are, such as `.en.forced`."""
    parts = middle.split(".")
    return not parts[0] and all(part.lower() in _FLAGS or language_code(part) for part in parts[1:])
