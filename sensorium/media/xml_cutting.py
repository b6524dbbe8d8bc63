"""Cuts the text of an XML file into its repeated elements, each of which is then parsed on its own.

A feed is as long as a shop is large, and one ampersand that nobody has escaped makes all of it ill-formed. Cut apart,
what is broken costs one row, no more than a row is ever held, and no row can have an entity or a depth of another's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from .decoded import BadRow

LONGEST_ROW = 1 << 20
"""In characters; a longer one is told as broken."""
_PIECE = 1 << 16
_LONGEST_MARK = 256
_ENDS = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}


class _Window:
    """The text around where one looks; what lies before `at` is let go as more is read."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._line = 1
        self._counted = 0
        self.text = ""
        self.at = 0

    def more(self) -> bool:
        """Read on; False at the end. Places before `at` are no longer, those behind it keep their distance to it."""
        self._line = self.line()
        piece = self._file.read(_PIECE)
        self.text = self.text[self.at :] + piece
        self.at = self._counted = 0
        return bool(piece)

    def line(self) -> int:
        """The number of the line at `at`, the first being 1."""
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def search(self, pattern: re.Pattern[str], ahead: int) -> re.Match[str] | None:
        """What is first found from `ahead` characters behind `at` on, no farther than a row may reach."""
        while (found := pattern.search(self.text, self.at + ahead)) is None:
            if len(self.text) - self.at > LONGEST_ROW or not self.more():
                return None
        return found

    def skip_to(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """As `search`, however far it lies: what is passed by is let go."""
        while (found := pattern.search(self.text, self.at)) is None:
            self.at = max(self.at, len(self.text) - _LONGEST_MARK)
            if not self.more():
                return None
        return found


def cut_rows(file: TextIO, name: str, *, nests: bool = False) -> Iterator[tuple[int, str] | BadRow]:
    """Each element called `name` (as written, with its prefix), with the line it begins in, from its first `<` to its
    last `>`; those that have no end in their places as bad rows.

    Where elements of that name do not lie within one another (`nests`), the beginning of the next one shows that one
    was not closed, and nothing but that one is lost.
    """
    window = _Window(file)
    outside = re.compile(rf"<!--|<\?|<{re.escape(name)}(?=[\s/>])")
    inside = re.compile(rf"<!--|<!\[CDATA\[|<(?P<end>/)?{re.escape(name)}(?=[\s/>])(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>")
    while (found := window.skip_to(outside)) is not None:
        window.at = found.start()
        line = window.line()
        if found[0] in _ENDS:
            window.at = found.end()
            end = window.skip_to(re.compile(re.escape(_ENDS[found[0]])))
            if end is None:
                yield BadRow(line, f"cut off: what begins with {found[0]} has no end")
                return
            window.at = end.end()
            continue
        length = _length(window, inside, nests=nests)
        if isinstance(length, str):
            yield BadRow(line, length.format(name=name))
            window.at += 1
        else:
            yield line, window.text[window.at : window.at + length]
            window.at += length


def _length(window: _Window, inside: re.Pattern[str], *, nests: bool) -> int | str:
    """How long the element is that begins at `window.at`, or why nobody knows."""
    depth = ahead = 0
    while True:
        found = window.search(inside, ahead)
        if found is None:
            return _endless(window)
        if found[0] in _ENDS:
            found = window.search(re.compile(re.escape(_ENDS[found[0]])), found.end() - window.at)
            if found is None:
                return _endless(window)
        elif found["end"]:
            depth -= 1
        elif depth and not nests:
            return "not closed before the next <{name}>"
        elif not found[0].endswith("/>"):
            depth += 1
        ahead = found.end() - window.at
        if depth <= 0:
            return ahead


def _endless(window: _Window) -> str:
    if len(window.text) - window.at > LONGEST_ROW:
        return f"longer than {LONGEST_ROW >> 20} Mi characters, or not closed"
    return "cut off: there is no </{name}>"
