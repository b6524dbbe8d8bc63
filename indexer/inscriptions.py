"""What a worker process does to find out what is written in one file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sensorium.catalogue.drafts import Inscription
from sensorium.media.decoded import Limits
from sensorium.media.stills import Place, draw_frames, draw_picture
from sensorium.models.protocols import TextReader

if TYPE_CHECKING:
    from sensorium.types import Pixels


def read_picture(path: Path, limits: Limits, reader: TextReader) -> tuple[Inscription, ...]:
    """What is written in a picture. It is decoded in full only where a glance at a small version shows text."""
    if not reader.sees_text(draw_picture(path, limits, reader.glance_px)):
        return ()
    lines = reader.read(draw_picture(path, limits, reader.read_px))
    return (Inscription(lines),) if lines else ()


def read_frames(path: Path, limits: Limits, reader: TextReader, places: Sequence[Place]) -> tuple[Inscription, ...]:
    """What is written in a film's stills, those of the same words joined."""
    return tuple(_joined(_inscribed(reader, draw_frames(path, limits, places, reader.read_px))))


def read_pages(path: Path, limits: Limits, reader: TextReader, numbers: Sequence[int]) -> tuple[Inscription, ...]:
    """What is written on scanned pages."""
    from sensorium.media.scans import draw_pages

    drawn = ((Place(page=number), pixels) for number, pixels in draw_pages(path, limits, numbers, reader.read_px))
    return tuple(_inscribed(reader, drawn))


def _inscribed(reader: TextReader, drawn: Iterator[tuple[Place, Pixels]]) -> Iterator[Inscription]:
    for place, pixels in drawn:
        lines = reader.read(pixels) if reader.sees_text(pixels) else ()
        if lines:
            yield Inscription(lines, place.start_s, place.end_s, place.page)


def _joined(inscriptions: Iterator[Inscription]) -> Iterator[Inscription]:
    """Neighbours of the same words as one: a title that stands through three stills is read once."""
    held: Inscription | None = None
    for found in inscriptions:
        if held is not None and held.end_s == found.start_s and _words(held) == _words(found):
            held = Inscription(held.lines, held.start_s, found.end_s)
            continue
        if held is not None:
            yield held
        held = found
    if held is not None:
        yield held


def _words(inscription: Inscription) -> list[str]:
    return [line.text.casefold() for line in inscription.lines]
