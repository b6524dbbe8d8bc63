"""Cuts texts and transcripts into passages: long enough to say something, short enough for the text encoder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sensorium.media.decoded import Block
from sensorium.models.protocols import Utterance
from sensorium.types import TextLine

PASSAGE_WORDS = 140
"""All-MiniLM-L6-v2 reads 256 word pieces; 140 English words seldom make more."""
PASSAGE_SECONDS = 20.0
"""Speech of this length is about 50 words."""
OVERLAP_SECONDS = 5.0
"""Passages of speech share so much with the next, so that what is said across a border stands whole in one of them."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document: its text, the heading it stands under, and the page it begins on."""

    text: str
    heading: str
    page: int | None


def cut_document(blocks: Iterable[Block]) -> Iterator[Passage]:
    """Passages of at most `PASSAGE_WORDS` words that never run across a heading; sentences stay whole if they fit."""
    words: list[str] = []
    first: Block | None = None
    for block in blocks:
        for sentence in _sentences(block.text):
            if first and (block.heading != first.heading or len(words) + len(sentence) > PASSAGE_WORDS):
                yield Passage(" ".join(words), first.heading, first.page)
                words, first = [], None
            first = first or block
            words.extend(sentence)
    if first:
        yield Passage(" ".join(words), first.heading, first.page)


def _sentences(text: str) -> Iterator[list[str]]:
    for sentence in _SENTENCE_END.split(text):
        words = sentence.split()
        for start in range(0, len(words), PASSAGE_WORDS):
            yield words[start : start + PASSAGE_WORDS]


def group_lines(lines: Iterable[TextLine]) -> Iterator[list[TextLine]]:
    """Neighbouring lines in groups of at most `PASSAGE_WORDS` words."""
    pending: list[TextLine] = []
    words = 0
    for line in lines:
        count = len(line.text.split())
        if pending and words + count > PASSAGE_WORDS:
            yield pending
            pending, words = [], 0
        pending.append(line)
        words += count
    if pending:
        yield pending


def join_utterances(utterances: Sequence[Utterance]) -> Iterator[Sequence[Utterance]]:
    """Utterances in passages of at most `PASSAGE_SECONDS`, each with the last `OVERLAP_SECONDS` of the one before.

    An utterance is never parted, so that a longer one makes a longer passage, and one that follows a long silence or
    is too long to be repeated begins a passage of its own.
    """
    first = 0
    while first < len(utterances):
        end = first + 1
        while end < len(utterances) and utterances[end].end_s - utterances[first].start_s <= PASSAGE_SECONDS:
            end += 1
        yield utterances[first:end]
        first = end if end == len(utterances) else _repeated_from(utterances, first, end)


def _repeated_from(utterances: Sequence[Utterance], first: int, end: int) -> int:
    """Where the passage after [first, end) begins: with what of it can stand together with the next utterance."""
    start = end
    while (
        start - 1 > first
        and utterances[end - 1].end_s - utterances[start - 1].start_s <= OVERLAP_SECONDS
        and utterances[end].end_s - utterances[start - 1].start_s <= PASSAGE_SECONDS
    ):
        start -= 1
    return start
