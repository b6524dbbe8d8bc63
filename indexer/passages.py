"""Joins what is said into passages: long enough to say something, short enough for the text encoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sensorium.models.protocols import Utterance

PASSAGE_SECONDS = 20.0
"""Speech of this length is about 50 words."""
OVERLAP_SECONDS = 5.0
"""Passages of speech share so much with the next, so that what is said across a border stands whole in one of them."""


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
