"""Passages for reading: cut around the words that were asked for, with those words marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

PASSAGE_CHARACTERS = 320
SHORTEST_STEM = 4
"""Letters that two words must share to be forms of one."""

_WORD = re.compile(r"\w+")
_COMMON_WORDS = (
    "a an and are as at be but by can did do does for from had has have how i in is it its me my no not of on or "
    "our so that the their there they this to was we were what when where which who why will with you your"
)
_COMMON = frozenset(_COMMON_WORDS.split())
_ENDINGS = frozenset(("s", "es", "d", "ed", "er", "ers", "ing", "ings", "ly"))


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a passage; `marked` where it is one of the words asked for."""

    text: str
    marked: bool


def wanted_words(words: str) -> frozenset[str]:
    """The words of a query worth marking: without common ones unless there are no others."""
    every = frozenset(_WORD.findall(words.casefold()))
    return every - _COMMON or every


def split_heading(text: str) -> tuple[str, str]:
    """The heading that a passage of a document stands under, empty where it has none, and the passage itself."""
    heading, newline, rest = text.partition("\n")
    return (heading, rest) if newline and rest.strip() else ("", text)


def passage(text: str, words: frozenset[str], *, length: int = PASSAGE_CHARACTERS) -> tuple[Piece, ...]:
    """`text` in pieces, cut to about `length` characters where most of `words` are, with an ellipsis at each cut."""
    text = " ".join(text.split())
    # Whether two are one word in two forms is only asked of words that begin alike: a text has dozens of others
    stems = {word[:SHORTEST_STEM] for word in words}
    hits = [
        (match.start(), match.end())
        for match in _WORD.finditer(text)
        if (word := match[0].casefold())[:SHORTEST_STEM] in stems and _is_wanted(word, words)
    ]
    start, end = _window(text, hits, length)
    pieces = [Piece("… ", False)] if start > 0 else []
    at = start
    for left, right in hits:
        if start <= left and right <= end:
            pieces += [Piece(text[at:left], False), Piece(text[left:right], True)]
            at = right
    pieces.append(Piece(text[at:end], False))
    if end < len(text):
        pieces.append(Piece(" …", False))
    return tuple(piece for piece in pieces if piece.text)


def pieces_of(text: str, spans: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """The whole text in pieces, with `spans` (first character, after the last; rising and apart) marked."""
    pieces, at = [], 0
    for left, right in spans:
        pieces += [Piece(text[at:left], False), Piece(text[left:right], True)]
        at = right
    pieces.append(Piece(text[at:], False))
    return tuple(piece for piece in pieces if piece.text)


def _is_wanted(word: str, words: frozenset[str]) -> bool:
    return word in words or any(_same_word(word, other) for other in words)


def _same_word(one: str, other: str) -> bool:
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    return len(short) >= SHORTEST_STEM and long.startswith(short) and long[len(short) :] in _ENDINGS


def _window(text: str, hits: list[tuple[int, int]], length: int) -> tuple[int, int]:
    """The span of `length` with most hits, the first of equals, a quarter of it before its first hit; whole words."""
    if len(text) <= length:
        return 0, len(text)
    start = 0
    if hits:
        best = max(hits, key=lambda hit: sum(hit[0] <= other[0] < hit[0] + length * 3 // 4 for other in hits))
        start = max(0, min(best[0] - length // 4, len(text) - length))
    if start > 0:
        start = text.find(" ", start, start + 40) + 1 or start
    end = start + length
    if end < len(text):
        cut = text.rfind(" ", max(start, end - 40), end + 1)
        end = cut if cut > start else end
    return start, min(end, len(text))
