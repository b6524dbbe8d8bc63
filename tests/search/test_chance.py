"""A hit's chance is the share of nonsense queries that find something as good; a cut leaves out what does not pass."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from sensorium.search.calibrate import background_texts, describe
from sensorium.search.chance import (
    ANY,
    CHANCE,
    LEAST,
    chances,
    comes_to_nothing,
    is_measured,
    outgrown,
    strength_of,
)
from sensorium.search.engine import Engine
from sensorium.search.fusion.weights import FACT, SHIPPED, Weights
from sensorium.search.matches import Calibrated, Matches, Source
from sensorium.search.nonsense import noise_pictures, noises, nonsense_words, word_salads
from sensorium.search.trial import EXAMPLES, TEXTS, fit_chances
from sensorium.types import Channel, Hit, Item, Kind, Modality, Part, Query

WORDS = Part(Modality.TEXT, text="words")
ITEMS = {1: 10, 2: 20, 3: 20}


def match(segment_id, surprise, *, channel=Channel.TEXT, part=0):
    matches = Matches.of(Source(part, Modality.TEXT, channel, "space"), 100, [(segment_id, 0.5)])
    return Calibrated(matches, np.array([ITEMS[segment_id]]), np.array([surprise]))


def uniform(low, high):
    """What nonsense got: surpluses spread evenly."""
    return describe(np.linspace(low, high, 1001, dtype=np.float32))


def test_a_chance_is_the_share_of_nonsense_that_does_as_well():
    backgrounds = {(Modality.TEXT, Channel.TEXT, CHANCE): uniform(-1, 1)}
    found = chances([match(1, 2.9)], [WORDS], backgrounds)  # 100 segments: a surplus of 0.9
    assert found[10] == pytest.approx(0.05, abs=0.003)


def test_over_several_channels_the_best_of_all_is_what_counts():
    backgrounds = {
        (Modality.TEXT, Channel.TEXT, CHANCE): uniform(-1, 1),
        (Modality.TEXT, Channel.SPEECH, CHANCE): uniform(-1, 3),
        (Modality.TEXT, ANY, CHANCE): describe(-np.log10(np.linspace(1, 0.0005, 2000)).astype(np.float32)),
    }
    found = chances([match(1, 2.9), match(2, 4.6, channel=Channel.SPEECH)], [WORDS], backgrounds)
    assert found == pytest.approx({10: 0.05, 20: 0.1}, rel=0.1)


def test_without_measurement_the_law_of_e_values_stands_in():
    assert 10 ** -strength_of(1.0, None) == pytest.approx(1 - math.exp(-0.1))
    found = chances([match(1, 3.0), match(2, 3.0, channel=Channel.SPEECH)], [WORDS], {})
    assert found[10] == pytest.approx(1 - math.exp(-0.1 * 2))  # two channels, each of which may err


def test_every_part_of_a_query_may_err():
    parts = [WORDS, replace(WORDS, text="more"), replace(WORDS, text="not this", weight=-1.0)]
    found = chances([match(1, 3.0), match(3, 2.0, part=1), match(3, 9.0, part=2)], parts, {})
    assert found[10] == pytest.approx(1 - math.exp(-0.1 * 2))
    assert found[20] == pytest.approx(1 - math.exp(-1.0 * 2))


def hit(chance):
    from pathlib import Path

    return Hit(Item(1, Kind.PICTURE, "one", Path("/nowhere")), 1.0, (), chance=chance)


def test_an_answer_comes_to_nothing_where_no_hit_passes():
    assert comes_to_nothing([hit(0.06), hit(0.9)], 0.05)
    assert not comes_to_nothing([hit(0.06), hit(0.05)], 0.05)
    assert not comes_to_nothing([hit(None)], 0.05)  # listed, not found
    assert comes_to_nothing([], 0.05)


def test_a_library_is_asked_anew_when_it_has_grown_by_a_quarter():
    fitted = {"picture": LEAST}
    assert outgrown({Channel.PICTURE: LEAST}, {})
    assert not outgrown({Channel.PICTURE: LEAST - 1}, {})
    assert not outgrown({Channel.PICTURE: int(LEAST * 1.2)}, fitted)
    assert outgrown({Channel.PICTURE: int(LEAST * 1.3)}, fitted)
    assert outgrown({Channel.PICTURE: LEAST, Channel.TEXT: 1}, fitted)


def test_nonsense_is_made_of_words_that_calibration_does_not_use():
    used = {word.lower() for text in background_texts() for word in text.split()}
    assert used.isdisjoint(nonsense_words())
    salads = word_salads(nonsense_words(), 50, np.random.default_rng(1))
    assert len(set(salads)) == 50
    assert {len(text.split()) for text in salads} == {2, 3, 4, 5, 6, 7, 8}


def test_noise_is_different_each_time_and_never_flat():
    pictures = noise_pictures(8, np.random.default_rng(1))
    assert {picture.shape for picture in pictures} == {(160, 160, 3)}
    assert all(picture.std() > 1 for picture in pictures)
    sounds = noises(8, np.random.default_rng(1))
    assert {(len(sound), sound.dtype) for sound in sounds} == {(16_000, np.dtype(np.int16))}
    assert all(np.abs(sound).max() >= 2_900 for sound in sounds)
    assert not np.array_equal(pictures[0], noise_pictures(1, np.random.default_rng(2))[0])


@pytest.fixture(scope="module")
def fitted(engine):
    backgrounds = engine.library.backgrounds()
    return fit_chances(engine.library, engine._models, backgrounds, texts=TEXTS // 20, examples=EXAMPLES // 20)


def test_every_channel_that_answers_nonsense_is_measured(fitted):
    assert {(Modality.TEXT, Channel.PICTURE, CHANCE), (Modality.TEXT, ANY, CHANCE)} <= fitted.keys()
    assert {(Modality.PICTURE, Channel.PICTURE, CHANCE), (Modality.PICTURE, ANY, CHANCE)} <= fitted.keys()
    for background in fitted.values():
        assert list(background.scores) == sorted(background.scores)
        assert list(background.surprises) == sorted(background.surprises)


def asked(text, **options):
    return Query((Part(Modality.TEXT, text=text),), **options)


def test_an_answer_says_how_likely_its_hits_are_accidents(engine):
    found = engine.search(asked("Mix flour, water and salt. Bake the loaf for an hour."))
    assert found.hits[0].item.title == "bread.txt" or "bread" in found.hits[0].item.title
    assert found.hits[0].chance == min(hit.chance for hit in found.hits)
    assert [hit.chance for hit in found.hits if not 0 <= hit.chance <= 1] == []


def test_a_cut_leaves_out_what_does_not_pass_and_says_nothing_is_here(engine):
    cut = engine.search(asked("xylograph quibble", cut=True))
    assert (cut.hits, cut.nothing) == ((), True)
    assert cut.notes[-1].startswith("Nothing here")


def test_that_nothing_is_here_is_only_said_of_a_library_that_was_asked_nonsense(engine, fitted):
    query = asked("xylograph quibble")
    assert not engine.search(query).nothing
    with engine.library.writing() as writer, writer.transaction() as write:
        for key, background in fitted.items():
            write.put_background(key, background.scores, background.surprises)
    found = Engine(engine.library, engine._models, engine._media).search(query)
    assert found.nothing
    assert "These are only the nearest" in found.notes[-1]


def test_chances_stay_as_they_are_whatever_weights_are_adopted(engine, fitted):
    def told():
        answer = Engine(engine.library, engine._models, engine._media).search(asked("a loaf of bread", explain=True))
        return {hit.item.id: (hit.score, hit.chance) for hit in answer.hits}, answer.nothing

    def adopt(weights):
        with engine.library.writing() as writer, writer.transaction() as write:
            write.put_fact(FACT, weights.as_json())

    before, nothing = told()
    adopt(Weights(name=2.0, text=-1.0, discount=0.9, second_look=0.1, free=3.0))
    try:
        after, still = told()
    finally:
        adopt(SHIPPED)
    both = before.keys() & after.keys()
    assert len(both) > 2
    assert [before[item][1] for item in both] == [after[item][1] for item in both]
    assert [before[item][0] for item in both] != [after[item][0] for item in both]
    assert nothing == still


def test_nonsense_of_one_kind_says_nothing_of_another(fitted):
    measured = {key: background for key, background in fitted.items() if key[0] is Modality.TEXT}
    assert is_measured({Modality.TEXT}, measured)
    assert not is_measured({Modality.TEXT, Modality.PICTURE}, measured)
    assert not is_measured({Modality.ITEM}, measured)
