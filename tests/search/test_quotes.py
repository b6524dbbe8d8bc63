from __future__ import annotations

import pytest

from sensorium.search.quotes import Quoter, same_word
from sensorium.types import Channel, Evidence, Hit, Item, Kind, Segment, Utterance

SAID = ("the lighthouse keeper wakes early", "he counts every ship that passes", "and lights the lamp at dusk")
TIMES = ((10.0, 13.0), (13.5, 17.0), (18.0, 21.0))
PASSAGE = Segment(1, 1, Channel.SPEECH, 1, 10.0, 21.0, text="\n".join(SAID), times=TIMES)


@pytest.mark.parametrize(
    ("words", "line"), [("counting ships", 1), ("the keeper", 0), ("lamps at dusk", 2), ("a keeper of ships", 0)]
)
def test_the_utterance_with_most_of_the_words_is_quoted(words, line):
    assert Quoter([words]).quote(PASSAGE) == Utterance(*TIMES[line], SAID[line])


@pytest.mark.parametrize("words", ["elephants", "", "?!"])
def test_nothing_is_quoted_where_no_utterance_has_the_words(words):
    assert Quoter([words]).quote(PASSAGE) is None


def test_small_words_count_only_where_there_are_no_others():
    assert Quoter(["the"]).quote(PASSAGE) == Utterance(*TIMES[0], SAID[0])
    assert Quoter(["the elephants"]).quote(PASSAGE) is None


def test_a_passage_without_times_has_no_quote():
    assert Quoter(["lamp"]).quote(Segment(1, 1, Channel.SPEECH, 1, 10.0, 21.0, text="the lamp")) is None


def test_hits_carry_quotes_and_segments_shrink_to_them():
    picture = Segment(2, 1, Channel.FRAME, 1, 0.0, 30.0)
    evidence = tuple(Evidence(each.channel, "words", 0, each, 0.5, 2.0, 1, 1.0) for each in (PASSAGE, picture))
    quoter = Quoter(["dusk"])
    (hit,) = quoter.quoted([Hit(Item(1, Kind.FILM, "film", "film.mp4"), 2.0, evidence)])
    assert [proof.quote for proof in hit.evidence] == [Utterance(18.0, 21.0, SAID[2]), None]
    narrowed = quoter.narrowed({1: PASSAGE, 2: picture})
    assert (narrowed[1].start_s, narrowed[1].end_s) == (18.0, 21.0)
    assert narrowed[1].text == PASSAGE.text
    assert narrowed[2] == picture


def test_words_are_the_same_whatever_their_endings():
    assert same_word("ship", "ships")
    assert same_word("reading", "reader")
    assert not same_word("ship", "shop")
    assert same_word("cat", "cats")
    assert not same_word("cat", "catalogue")
    assert not same_word("light", "lighthouse")
