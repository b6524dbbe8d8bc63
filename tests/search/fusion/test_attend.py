"""Pictures are believed the less, the more texts answer; what is written in pictures is not held against them."""

from __future__ import annotations

import pytest

from sensorium.search.fusion.attend import GATED, attend
from sensorium.search.fusion.weights import Weights
from sensorium.types import Channel, Modality

WEIGHTS = Weights()


def lift(*best):
    return attend(Modality.TEXT, dict(best), WEIGHTS)[GATED]


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


def test_examples_that_are_pictures_shift_nothing():
    assert attend(Modality.PICTURE, {Channel.TEXT: 2.0}, WEIGHTS) == {}
