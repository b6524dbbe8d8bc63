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


def join_utterances(utterances: Sequence[Utterance]) -> Iterator[Utterance]:
    """Neighbouring utterances joined to passages of at most `PASSAGE_SECONDS`; a longer one stays as it is."""
    pending: list[Utterance] = []
    for utterance in utterances:
        if pending and utterance.end_s - pending[0].start_s > PASSAGE_SECONDS:
            yield _joined(pending)
            pending = []
        pending.append(utterance)
    if pending:
        yield _joined(pending)


def _joined(utterances: Sequence[Utterance]) -> Utterance:
    return Utterance(utterances[0].start_s, utterances[-1].end_s, " ".join(u.text for u in utterances))
