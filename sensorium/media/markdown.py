"""Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from .decoded import Block, Document
from .headings import Headings
from .plain import read_text

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_ROW = re.compile(r"^(title|author)[ \t]*:[ \t]*(.+?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_SHOWN = frozenset({"text", "code_inline", "image"})


def read_markdown(path: Path) -> Document:
    """CommonMark with tables, as it is shown: without front matter, link targets and marks.

    The title is the front matter's, else the first heading, else the file's name.
    """
    text = read_text(path)
    stated: dict[str, str] = {}
    front = _FRONT_MATTER.match(text)
    if front:
        text = text[front.end() :]
        stated = {key.lower(): value.strip("\"'") for key, value in _FRONT_ROW.findall(front[1])}
    reader = _Reader()
    blocks = tuple(
        block for token in MarkdownIt("commonmark").enable("table").parse(text) for block in reader.take(token)
    )
    attributes = {"author": stated["author"]} if "author" in stated else {}
    return Document(stated.get("title") or reader.headings.first or path.stem, blocks, attributes)


class _Reader:
    """Turns markdown-it's flat stream of tokens into blocks."""

    def __init__(self) -> None:
        self.headings = Headings()
        self._level = 0
        self._row: list[str] | None = None

    def take(self, token: Token) -> Iterator[Block]:
        match token.type:
            case "heading_open":
                self._level = int(token.tag[1:])
            case "heading_close":
                self._level = 0
            case "tr_open":
                self._row = []
            case "tr_close":
                yield from self.headings.block(" | ".join(cell for cell in self._row or () if cell))
                self._row = None
            case "fence" | "code_block":
                yield from self.headings.block(token.content.strip("\n"))
            case "html_block":
                yield from self.headings.block(" ".join(_TAG.sub(" ", token.content).split()))
            case "inline":
                yield from self._words(_shown(token))

    def _words(self, text: str) -> Iterator[Block]:
        if self._level:
            self.headings.enter(self._level, text)
        elif self._row is not None:
            self._row.append(text)
        else:
            yield from self.headings.block(text)


def _shown(token: Token) -> str:
    parts = (
        child.content if child.type in _SHOWN else " " * child.type.endswith("break") for child in token.children or ()
    )
    return " ".join("".join(parts).split())
