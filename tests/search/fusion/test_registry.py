"""Fusions by name, and what each makes of the same two lists."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from sensorium.errors import UnknownName
from sensorium.search.calibrate import worth
from sensorium.search.fusion import DEFAULT, fusion_names, make_fusion
from sensorium.search.fusion.combined import CHANNELS, Combined, learn
from sensorium.search.fusion.combined import FACT as COMBINER
from sensorium.search.fusion.weights import FACT, Weights
from sensorium.search.matches import Calibrated, Matches, Source, merged
from sensorium.search.probes import Asked, Probe
from sensorium.types import Channel, Modality, Part, Segment, Space

PARTS = [Part(Modality.TEXT, text="a"), Part(Modality.TEXT, text="b", weight=0.5)]
ITEMS = {1: 10, 2: 10, 3: 20, 4: 20}
SEGMENTS = {
    1: Segment(1, 10, Channel.TEXT, text="first passage"),
    2: Segment(2, 10, Channel.TEXT, text="second passage"),
    3: Segment(3, 20, Channel.TEXT, text="other"),
    4: Segment(4, 20, Channel.SPEECH, text="said"),
}


def match(segment_id, surprise, rank, *, part=0, channel=Channel.TEXT, matcher="space", raw=0.5):
    """A list of one match."""
    source = Source(part, Modality.TEXT, channel, matcher)
    matches = Matches(source, 100, np.array([segment_id]), np.array([raw]), np.array([rank]))
    return Calibrated(matches, np.array([ITEMS[segment_id]]), np.array([surprise]))


def joined(found):
    """Matches of one source as its list."""
    lists = {}
    for one in found:
        lists.setdefault(one.source, []).append(one)
    return [merged(own) for own in lists.values()]


FOUND = [match(1, 3.0, 1), match(2, 2.5, 2), match(3, 2.0, 3), match(4, 4.0, 1, channel=Channel.SPEECH)]


def read(ids):
    return {id_: SEGMENTS[id_] for id_ in ids}


def scores(name, found=FOUND, facts=lambda _: None):
    fused = make_fusion(name, facts).join(joined(found), PARTS)
    items = fused.items.tolist()
    told = fused.evidence(items, read)
    for one in fused.best(len(items)):
        # whatever the fusion, evidence adds up to the score
        assert one.score == pytest.approx(sum(proof.contribution for proof in told[one.item_id]))
        assert {proof.segment.item_id for proof in told[one.item_id]} == {one.item_id}
    assert fused.scores.tolist() == sorted(fused.scores.tolist(), reverse=True)
    return dict(zip(items, fused.scores.tolist(), strict=True))


def test_reciprocal_ranks_are_added_over_lists_of_items():
    # item 10 has two passages before item 20's: in a list of items it counts once
    assert scores("reciprocal-rank") == pytest.approx({10: 1 / 61, 20: 1 / 62 + 1 / 61})


def test_a_part_counts_by_its_weight():
    found = [match(1, 3.0, 1), match(3, 3.0, 1, part=1)]
    assert scores("reciprocal-rank", found) == pytest.approx({10: 1 / 61, 20: 0.5 / 61})
    assert scores("weighted-sum", found) == pytest.approx({10: worth(1.0), 20: 0.5 * worth(1.0)})
    assert scores("discounted", found) == pytest.approx({10: worth(1.0), 20: 0.5 * worth(1.0)})


def test_the_weighted_sum_adds_what_each_list_is_worth():
    prior = Weights().speech
    expected = {10: math.log10(1 + 10**1.0), 20: math.log10(1 + 10**0.0) + math.log10(1 + 10 ** (2.0 + prior))}
    assert scores("weighted-sum") == pytest.approx(expected)


def test_discounted_evidence_counts_a_further_channel_half():
    prior = Weights().speech
    assert scores("discounted")[20] == pytest.approx(worth(2.0 + prior) + Weights().discount * worth(0.0))


def test_what_a_library_has_learned_is_used():
    tuned = Weights(discount=0.0, speech=0.0).as_json()
    assert scores("discounted", facts={FACT: tuned}.get)[20] == pytest.approx(worth(2.0))


def test_a_name_comes_after_the_text_that_says_it_again():
    prior, discount = Weights().name, Weights().discount
    named = match(1, 4.0, 1, channel=Channel.NAME)
    both = scores("discounted", [match(1, 2.5, 1), named])
    assert both[10] == pytest.approx(worth(0.5) + discount**2 * worth(2.0 + prior))
    alone = scores("discounted", [match(3, 2.5, 1), named])
    assert alone == pytest.approx({10: worth(2.0 + prior), 20: worth(0.5)})


def test_what_a_picture_finds_by_name_and_text_counts_as_any_two_channels():
    found = [match(1, 2.5, 1), match(1, 4.0, 1, channel=Channel.NAME)]
    shown = [
        replace(one, matches=replace(one.matches, source=replace(one.source, modality=Modality.PICTURE)))
        for one in found
    ]
    assert scores("discounted", shown)[10] == pytest.approx(worth(2.0) + Weights().discount * worth(0.5))


def test_two_looks_of_a_channel_are_one_claim():
    found = [match(1, 3.0, 1), match(1, 2.5, 1, matcher="words")]
    weights = Weights()
    added = weights.second_look * (2.5 - weights.free)
    assert scores("discounted", found)[10] == pytest.approx(worth(3.0 - 2.0 + added))
    fused = make_fusion("discounted", lambda _: None).join(found, PARTS)
    first, second = fused.evidence([10], read)[10]
    assert (first.matcher, second.matcher) == ("space", "words")
    assert first.contribution == pytest.approx(worth(1.0))


def both_looks(decades):
    """Three passages by meaning, of which the second also has the query's words, so many decades unlikely."""
    ITEMS[5], SEGMENTS[5] = 30, Segment(5, 30, Channel.TEXT, text="third passage")
    source, words = (Source(0, Modality.TEXT, Channel.TEXT, matcher) for matcher in ("space", "words"))
    near = Matches(source, 100, np.array([1, 3, 5]), np.array([0.6, 0.55, 0.3]), np.array([1, 2, 3]))
    said = Matches(words, 100, np.array([3]), np.array([0.4]), np.array([1]), decades=np.array([decades]))
    return [
        Calibrated(near, np.array([10, 20, 30]), np.array([5.0, 4.6, 2.0])),
        Calibrated(said, np.array([20]), np.array([1.6])),
    ]


def test_the_text_that_cosine_and_rare_words_speak_for_is_the_best():
    common, rare = both_looks(0.1), both_looks(2.0)
    assert list(scores("discounted", common)) == [10, 20, 30]
    told = scores("discounted", rare)
    assert list(told) == [20, 10, 30]
    assert sorted(told.values()) == pytest.approx(sorted(scores("discounted", common).values()))
    unheard = json.dumps({"words": 0.0})
    assert list(scores("discounted", rare, lambda name: unheard if name == FACT else None)) == [10, 20, 30]


def test_evidence_is_told_of_the_best_match_of_an_item():
    fused = make_fusion("discounted", lambda _: None).join(joined(FOUND), PARTS)
    told = fused.evidence([20, 10], read)
    assert [(proof.segment.id, proof.rank, proof.raw) for proof in told[20]] == [(4, 1, 0.5), (3, 3, 0.5)]
    assert [(proof.segment.id, proof.rank) for proof in told[10]] == [(1, 1)]


def test_equal_scores_keep_the_order_of_the_library():
    for name in fusion_names():
        found = [match(3, 3.0, 1), match(1, 3.0, 1, channel=Channel.TEXT, matcher="other")]
        assert list(scores(name, found)) == [10, 20], name


def test_an_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(UnknownName, match=f"'oracle'.*{DEFAULT}"):
        make_fusion("oracle", lambda _: None)


def test_concatenated_vectors_score_by_the_sum_of_their_cosines():
    found = [match(1, 3, 1, raw=0.5), match(3, 2, 2, raw=0.4), match(4, 4, 1, channel=Channel.SPEECH, raw=0.3)]
    assert scores("concatenation", [*found, match(1, 9, 1, matcher="words", raw=1.0)]) == pytest.approx(
        {20: 0.4 + 0.3, 10: 0.5}
    )


def test_attention_weighs_a_channel_by_how_far_its_best_stands_above_the_others():
    prior = Weights().speech
    found = [match(1, 3.0, 1), match(4, 4.0, 1, channel=Channel.SPEECH)]  # surpluses of 1 and 2
    assert scores("attention", found) == pytest.approx({10: math.exp(-1) * worth(1.0), 20: worth(2.0 + prior)})


def test_a_combiner_weighs_channels_as_it_has_learned():
    prior = Weights().speech
    found = [match(1, 3.0, 1), match(4, 4.0, 1, channel=Channel.SPEECH)]
    assert scores("combined", found) == pytest.approx({10: worth(1.0), 20: worth(2.0 + prior)})
    always = [2.0 if channel is Channel.TEXT else 1.0 for channel in CHANNELS]
    stored = Combined(tuple(always)).as_json()
    assert scores("combined", found, facts={COMBINER: stored}.get)[10] == pytest.approx(2 * worth(1.0))


def test_learning_believes_the_channel_that_tells_right_from_wrong():
    text, name = CHANNELS.index(Channel.TEXT), CHANNELS.index(Channel.NAME)
    pairs = np.zeros((20, 2 * len(CHANNELS)))
    pairs[:, text], pairs[:, name] = 1.0, -1.0
    learned = learn([pairs], Weights())
    assert learned.always[text] > 1.0 > learned.always[name]
    assert learned.always[CHANNELS.index(Channel.SOUND)] == 1.0


def test_weighted_vectors_ask_with_one_vector_between_the_parts():
    space = Space("space", 2, "")
    probes = tuple(Probe(part, Modality.TEXT, space, np.eye(2, dtype=np.float32)[part : part + 1]) for part in (0, 1))
    asked = make_fusion("weighted-vectors", lambda _: None).asks(Asked(probes, ()), PARTS)
    (probe,) = asked.probes
    assert probe.part == 0
    np.testing.assert_allclose(probe.vectors, [[1 / math.sqrt(1.25), 0.5 / math.sqrt(1.25)]], rtol=1e-6)
