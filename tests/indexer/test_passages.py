from __future__ import annotations

import itertools

from sensorium.indexer.passages import OVERLAP_SECONDS, PASSAGE_SECONDS, join_utterances
from sensorium.types import Utterance


def talk(*spans):
    return [Utterance(start, end, f"words{number}") for number, (start, end) in enumerate(spans)]


def numbers(passage):
    return [int(said.text.removeprefix("words")) for said in passage]


def span(passage):
    return passage[0].start_s, passage[-1].end_s


def test_a_short_speech_is_one_passage():
    (passage,) = join_utterances(talk((0, 4), (5, 9), (10, 19)))
    assert (numbers(passage), span(passage)) == ([0, 1, 2], (0, 19))


def test_passages_overlap_by_some_seconds_and_hold_every_utterance():
    passages = list(join_utterances(talk(*((2 * n, 2 * n + 2) for n in range(60)))))
    assert sorted({number for passage in passages for number in numbers(passage)}) == list(range(60))
    for passage, after in itertools.pairwise(passages):
        shared = set(numbers(passage)) & set(numbers(after))
        assert 0 < 2 * len(shared) <= OVERLAP_SECONDS
    assert all(10 <= end_s - start_s <= PASSAGE_SECONDS for start_s, end_s in map(span, passages[:-1]))
    assert all(numbers(passage)[-1] > numbers(before)[-1] for before, passage in itertools.pairwise(passages))


def test_a_sentence_across_a_border_stands_whole_in_one_passage():
    passages = list(join_utterances(talk(*((2 * n, 2 * n + 2) for n in range(60)))))
    for number in range(59):
        assert any({number, number + 1} <= set(numbers(passage)) for passage in passages)


def test_an_utterance_is_never_parted_and_a_silence_parts_passages():
    passages = list(join_utterances(talk((0, 28), (28, 30), (90, 95))))
    assert [span(passage) for passage in passages] == [(0, 28), (28, 30), (90, 95)]


def test_nothing_said_has_no_passages():
    assert list(join_utterances([])) == []
