"""The path of headings that a piece of text stands under."""

from __future__ import annotations

from collections.abc import Iterator

from .decoded import Block

_LONGEST = 200


class Headings:
    """Follows a document's headings. Lower levels stand above higher ones; any numbers will do."""

    def __init__(self) -> None:
        self._path: list[tuple[float, str]] = []
        self.first = ""

    def enter(self, level: float, text: str) -> None:
        """Go below the heading `text`. An empty one changes nothing."""
        if not text:
            return
        self.first = self.first or text
        self._path = [(above, words) for above, words in self._path if above < level]
        self._path.append((level, text[:_LONGEST]))

    def block(self, text: str, *, page: int | None = None) -> Iterator[Block]:
        """A block of this text under the present heading, or none if the text is empty."""
        if text:
            yield Block(text, " > ".join(words for _, words in self._path), page)
