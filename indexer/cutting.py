"""Cuts texts into passages: long enough to say something, short enough for the text encoder to read to their end."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sensorium.catalogue.fulltext import FUNCTION_WORDS
from sensorium.media.decoded import Block
from sensorium.types import TextLine

PASSAGE_PIECES = 250
"""All-MiniLM-L6-v2 reads 256 word pieces, two of which are its own; longer texts are cut off without a word."""
_PARAGRAPH_FROM = 0.6
"""A passage that is filled by this share ends with its paragraph, rather than in the middle of the next."""
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])[\"'”’)\]]*\s+|(?<=[。！？])")
_LATIN, _DIGITS = re.compile(r"[a-z\u00c0-\u024f]+"), re.compile(r"\d+")
_OTHERS = re.compile(r"[^\sA-Za-z\u00c0-\u024f\d]")
_COMMON = 0.2
"""The share of English function words in a text of which it is English: prose has a third, other languages a few."""
_LETTERS_ENGLISH, _LETTERS = 6, 2
"""Letters to a piece."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document: its text, the heading it stands under, and the page it begins on."""

    text: str
    heading: str
    page: int | None


@dataclass(frozen=True, slots=True)
class _Sentence:
    """`opens` says that a paragraph begins with it."""

    text: str
    pieces: int
    page: int | None
    opens: bool


def pieces(text: str) -> int:
    """How many word pieces an encoder makes of a text, at most.

    BERT's vocabulary (Devlin et al., 2019) was made of English: it knows most of its words whole, parts those of other
    languages after two or three letters, and knows of other scripts little more than their signs.
    """
    words = _LATIN.findall(text.lower())
    common = sum(word in FUNCTION_WORDS for word in words)
    letters = _LETTERS_ENGLISH if common >= _COMMON * len(words) else _LETTERS
    numbers = _DIGITS.findall(text)
    others = len(_OTHERS.findall(text))
    return sum(-(-len(word) // letters) for word in words) + sum(-(-len(n) // 2) for n in numbers) + others


def cut_document(blocks: Iterable[Block]) -> Iterator[Passage]:
    """Passages of even length that never run across a heading, and end with a paragraph or at least a sentence.

    With the last of their headings in front they have at most `PASSAGE_PIECES`.
    """
    for heading, section in groupby(blocks, key=lambda block: block.heading):
        room = max(PASSAGE_PIECES - pieces(last_heading(heading)), PASSAGE_PIECES // 2)
        sentences = [sentence for block in section for sentence in _sentences(block, room)]
        for part in _evenly(sentences, room):
            yield Passage(" ".join(sentence.text for sentence in part), heading, part[0].page)


def last_heading(path: str) -> str:
    """The nearest of a passage's headings, `Section` of `Chapter > Section`."""
    return path.rsplit(" > ", 1)[-1]


def group_lines(lines: Iterable[TextLine]) -> Iterator[list[TextLine]]:
    """Neighbouring lines in groups of at most `PASSAGE_PIECES`."""
    pending: list[TextLine] = []
    held = 0
    for line in lines:
        more = pieces(line.text)
        if pending and held + more > PASSAGE_PIECES:
            yield pending
            pending, held = [], 0
        pending.append(line)
        held += more
    if pending:
        yield pending


def _sentences(block: Block, room: int) -> Iterator[_Sentence]:
    """The sentences of a block; one that is longer than a passage may be comes in pieces."""
    opens = True
    for sentence in _SENTENCE_END.split(block.text):
        for text in _fitting(sentence, room):
            yield _Sentence(text, pieces(text), block.page, opens)
            opens = False


def _fitting(sentence: str, room: int) -> Iterator[str]:
    if pieces(sentence) <= room:
        if sentence.strip():
            yield " ".join(sentence.split())
        return
    held: list[str] = []
    size = 0
    for word in (part for whole in sentence.split() for part in _short(whole, room)):
        more = pieces(word)
        if held and size + more > room:
            yield " ".join(held)
            held, size = [], 0
        held.append(word)
        size += more
    if held:
        yield " ".join(held)


def _short(word: str, room: int) -> Iterator[str]:
    """A word, or the parts of what has no blanks for longer than a passage is: Chinese, or a picture in base 64."""
    if pieces(word) <= room:
        yield word
        return
    for start in range(0, len(word), room):
        yield word[start : start + room]


def _evenly(sentences: Sequence[_Sentence], room: int) -> Iterator[list[_Sentence]]:
    """Groups of at most `room` pieces, so filled that the last is not a mere rest."""
    left = sum(sentence.pieces for sentence in sentences)
    goal = left / max(1, math.ceil(left / room))
    part: list[_Sentence] = []
    held = 0
    for sentence in sentences:
        full = held + sentence.pieces > room or held + sentence.pieces / 2 > goal
        ended = sentence.opens and held >= _PARAGRAPH_FROM * goal
        if part and left > room and (full or ended):
            yield part
            left -= held
            goal = left / max(1, math.ceil(left / room))
            part, held = [], 0
        part.append(sentence)
        held += sentence.pieces
    if part:
        yield part
