"""Figures of the indexes as they were measured last, in a small file beside them that every process can read."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sensorium.types import Channel

from .files import write_text

log = logging.getLogger(__name__)

FILE = "measured.json"


@dataclass(frozen=True, slots=True)
class Measured:
    """One index under filters of one selectivity: its recall over `queries` real ones, and how long it takes.

    `effort` is what it looks with, 0 where it looks at every vector; `at` is in seconds since 1970. What is not known
    is NaN.
    """

    space: str
    channel: Channel
    kind: str
    selectivity: str
    queries: int
    recall: float
    p50_ms: float
    p95_ms: float
    effort: int
    at: float

    @property
    def key(self) -> tuple[str, str, str]:
        return self.space, self.channel, self.selectivity


class Figures:
    """The figures of one library."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._known: dict[tuple[str, str, str], Measured] = {}

    def update(self, figures: Iterable[Measured]) -> None:
        """Replace what was known of the same index and selectivity. A library that cannot be written keeps none."""
        self._known = _newest([*self.all(), *figures])
        rows = [{n: _plain(v) for n, v in asdict(figure).items()} for figure in self._known.values()]
        try:
            write_text(self._path, json.dumps(rows, indent=1))
        except OSError as error:
            log.info("%s cannot be written: %s", self._path, error)

    def all(self) -> tuple[Measured, ...]:
        """What was measured last, by any process, in the order of spaces and channels."""
        known = _newest([*self._read(), *self._known.values()])
        return tuple(known[key] for key in sorted(known))

    def _read(self) -> list[Measured]:
        try:
            rows: list[dict[str, Any]] = json.loads(self._path.read_text())
            return [
                Measured(**{n: _read(v) for n, v in row.items()} | {"channel": Channel(row["channel"])}) for row in rows
            ]
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return []


def _newest(figures: Iterable[Measured]) -> dict[tuple[str, str, str], Measured]:
    return {figure.key: figure for figure in sorted(figures, key=lambda figure: figure.at)}


def _plain(value: object) -> object:
    return None if isinstance(value, float) and math.isnan(value) else value


def _read(value: Any) -> Any:
    return float("nan") if value is None else value
