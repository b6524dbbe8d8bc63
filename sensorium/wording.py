"""What a text in a query says: its plain words for encoders, and for full-text search its phrases and word beginnings.

Straight quotes around whole words make a phrase, `"red dress"`; a star at the end of a word stands for any ending,
`shoe*`. Everything else in a text is just text: quotes of other shapes, single ones, signs of any kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

Phrases: TypeAlias = tuple[tuple[str, ...], ...]
"""Each the words of a phrase, in their order."""
PHRASE = re.compile(r'(?<!\S)"(?=[^"]*\w)([^"]+)"(?=[\s,.;:!?)]|$)')
"""A phrase in a text: quotes that begin and end with words."""
_STARRED = re.compile(r"(?<!\S)(\w{2,})\*(?=[\s,.;:!?)]|$)")
_WORD = re.compile(r"\w+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Wording:
    """`plain` is the text without its signs. `words` are its distinct words in lower case, those of `phrases` and
    `beginnings` too; a segment with words answers only if it has every phrase."""

    plain: str
    words: tuple[str, ...]
    phrases: Phrases = ()
    beginnings: frozenset[str] = frozenset()


def read_wording(text: str) -> Wording:
    """The wording of the text of a query's part."""
    phrases = tuple(dict.fromkeys(words_of(phrase) for phrase in PHRASE.findall(text)))
    beginnings = frozenset(word for found in _STARRED.findall(PHRASE.sub(" ", text)) for word in words_of(found))
    bare = PHRASE.sub(lambda found: found[1], text)
    plain = " ".join(_STARRED.sub(lambda found: found[1], bare).split())
    return Wording(plain, tuple(dict.fromkeys(words_of(plain))), phrases, beginnings)


def spoken(text: str) -> Wording:
    """The wording of a text that nobody typed: no sign in it means anything."""
    return Wording(text, tuple(dict.fromkeys(words_of(text))))


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in order, in lower case."""
    return tuple(_WORD.findall(text.lower()))
