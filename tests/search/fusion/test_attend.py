"""Pictures are believed the less, the more texts answer, unless the words describe a picture.

What is written in pictures is not held against them.
"""

from __future__ import annotations

import pytest

from sensorium.search.fusion.attend import GATED, attend
from sensorium.search.fusion.weights import Weights
from sensorium.types import Channel, Modality

WEIGHTS = Weights()


def lift(*best, depicts=0.0):
    return attend(Modality.TEXT, dict(best), WEIGHTS, depicts=depicts)[GATED]


@pytest.mark.parametrize("channel", [Channel.TEXT, Channel.SPEECH, Channel.NAME])
def test_a_text_that_answers_closes_the_gate_for_pictures(channel):
    assert lift((channel, -3.0)) == pytest.approx(WEIGHTS.lift, rel=0.01)
    assert lift((channel, 3.0)) < 0.01 * WEIGHTS.lift


def test_the_gate_stands_half_open_where_chance_answers():
    silence = WEIGHTS.silence - WEIGHTS.prior(Channel.TEXT)
    assert lift((Channel.TEXT, silence)) == pytest.approx(WEIGHTS.lift / 2)


def test_what_is_written_in_a_picture_does_not_close_it():
    assert lift((Channel.OCR, 5.0)) == lift()
    assert lift((Channel.OCR, 5.0), (Channel.TEXT, 0.1)) == lift((Channel.TEXT, 0.1))


def test_what_is_written_in_a_picture_is_believed_less_where_a_text_answers():
    def written(*best):
        return attend(Modality.TEXT, dict(best), WEIGHTS)[Channel.OCR] - WEIGHTS.prior(Channel.OCR)

    assert written((Channel.OCR, 5.0)) == pytest.approx(0.0, abs=0.01)
    assert written((Channel.OCR, 5.0), (Channel.TEXT, 3.0)) == pytest.approx(-WEIGHTS.written, rel=0.01)


def test_examples_that_are_pictures_are_hardly_answered_by_what_is_written_in_others():
    assert attend(Modality.PICTURE, {Channel.TEXT: 2.0}, WEIGHTS) == {Channel.OCR: -WEIGHTS.written}
    assert attend(Modality.ITEM, {Channel.TEXT: 2.0}, WEIGHTS) == {}


def test_words_that_describe_a_picture_keep_the_gate_open_though_a_text_answers():
    answers = (Channel.TEXT, 1.0)
    assert lift(answers) < 0.01 * WEIGHTS.lift
    assert lift(answers, depicts=1.5) == pytest.approx(WEIGHTS.lift + 1.5 * WEIGHTS.caption_lift, rel=0.01)
    assert lift((Channel.TEXT, 5.0), depicts=2.0) < 0.2 * WEIGHTS.lift  # what answers so well is wanted all the same


def test_a_question_closes_the_gate_though_no_text_answers():
    assert lift((Channel.TEXT, -1.5), depicts=-1.5) < 0.01 * WEIGHTS.lift


def test_pictures_that_answer_well_are_not_silenced_by_texts_that_answer_no_better():
    assert lift((Channel.TEXT, 1.5), (GATED, 3.0)) > 0.9 * WEIGHTS.lift
    assert lift((Channel.TEXT, 1.5), (GATED, -1.0)) == lift((Channel.TEXT, 1.5))


def test_a_gate_that_is_far_from_open_is_shut():
    assert lift((Channel.TEXT, 300.0)) == pytest.approx(0.0)
    assert lift((Channel.TEXT, -300.0)) == pytest.approx(WEIGHTS.lift)


def test_where_no_text_answers_pictures_are_believed_the_more_the_surer_the_words_describe_one():
    assert lift(depicts=2.0) - lift(depicts=1.0) == pytest.approx(WEIGHTS.caption_lift)
    assert lift(depicts=-1.0) <= lift() == pytest.approx(WEIGHTS.lift)


def test_stills_of_films_are_believed_more_where_words_describe_a_picture():
    plain, told = (attend(Modality.TEXT, {}, WEIGHTS, depicts=depicts)[Channel.FRAME] for depicts in (0.0, 1.5))
    assert plain == WEIGHTS.prior(Channel.FRAME)
    assert told - plain == pytest.approx(WEIGHTS.still_lift * WEIGHTS.caption_lift * 1.5)
