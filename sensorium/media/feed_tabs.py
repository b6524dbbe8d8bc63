"""Rows of tab-separated files, whose writers disagree on whether a quote means anything.

Spreadsheets quote cells; shops write titles such as `"Best" mug` and `"Tall mug` as they are, and a reader that takes
such a quote at its word swallows rows without end.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

_QUOTE = '"'
_MOST_LINES = 1000
"""Of one row: quoted cells may go over several."""


def tab_rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """The number of the line that each row begins in, and its cells, the header's first.

    A quote opens a cell where it is closed again before a line that has as many cells as the header; otherwise it is
    itself.
    """
    columns = 0
    held: list[str] = []
    first = 0
    for number, line in enumerate(lines, 1):
        if held and (len(held) >= _MOST_LINES or line.count("\t") + 1 == columns):
            yield from _as_they_are(first, held)
            held = []
        held.append(line)
        first = first if len(held) > 1 else number
        text = "".join(held)
        cells = _quoted(text)
        if cells is None and text.count(_QUOTE) % 2:
            continue  # perhaps the next line closes it
        if cells is None:
            yield from _as_they_are(first, held)
        else:
            columns = columns or len(cells)
            yield first, cells
        held = []
    yield from _as_they_are(first, held)


def _quoted(text: str) -> list[str] | None:
    """The cells of a text in which all quotes are in their places."""
    try:
        rows = list(csv.reader([text], delimiter="\t", strict=True))
    except csv.Error:
        return None
    return rows[0] if rows else []


def _as_they_are(number: int, lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    for place, line in enumerate(lines):
        cells = line.rstrip("\r\n").split("\t")
        yield number + place, ["".join(_quoted(cell) or [cell]) for cell in cells]
