"""What is known of a library's indexes without opening one."""

from __future__ import annotations

from dataclasses import dataclass

from sensorium.types import Channel

from .cache import IndexCache
from .measured import Measured


@dataclass(frozen=True, slots=True)
class IndexState:
    """One index as it lies on disk, with what was measured of it last, by selectivity."""

    space: str
    channel: Channel
    kind: str
    vectors: int
    bytes: int
    figures: tuple[Measured, ...] = ()


def index_states(cache: IndexCache) -> tuple[IndexState, ...]:
    """Every index that has a file, in the order of their names."""
    figures = cache.figures.all()
    return tuple(
        IndexState(
            note.space, note.channel, note.kind, note.count, note.bytes,
            tuple(f for f in figures if (f.space, f.channel, f.kind) == (note.space, note.channel, note.kind)),
        )
        for note in cache.notes()
    )  # fmt: skip
