import numpy as np
import pytest

from sensorium.models.profiles import load_models
from sensorium.models.protocols import PictureEncoder, TextEncoder, Transcriber
from sensorium.settings import Settings
from sensorium.types import Channel
from tests.fakes import FAKE_SPACE, fake_models, register_fake_profile


def plain(*colour, size=(8, 6)):
    return np.full((*size, 3), colour, dtype=np.uint8)


def test_articles_do_not_count_and_other_words_do():
    cat, a_cat, dog = fake_models().texts[0].encode_texts(["cat", "a Cat", "dog"])
    np.testing.assert_allclose(cat, a_cat)
    assert cat @ dog < 0.5


@pytest.mark.parametrize(("name", "colour"), [("red", (230, 20, 20)), ("green", (0, 160, 0)), ("blue", (30, 30, 255))])
def test_a_picture_lies_nearest_the_word_for_its_colour(name, colour):
    models = fake_models()
    names = ["red", "green", "blue", "white", "black"]
    scores = models.pictures.encode_pictures([plain(*colour)]) @ models.texts[0].encode_texts(names).T
    assert names[scores[0].argmax()] == name
    assert scores.max() > 0.9


def test_rows_are_unit_and_finite_even_for_nothing_much():
    models = fake_models()
    rows = np.concatenate(
        [models.texts[0].encode_texts(["", "the", "red"]), models.pictures.encode_pictures([plain(128, 128, 128)])]
    )
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert models.texts[0].encode_texts([]).shape == (0, 32)


def test_they_fit_the_protocols_and_come_in_by_name():
    register_fake_profile()
    models = load_models(Settings(), "fake")
    assert isinstance(models.pictures, PictureEncoder)
    assert isinstance(models.texts[0], TextEncoder)
    assert isinstance(models.transcriber, Transcriber)
    assert models.spaces_for(Channel.SPEECH) == models.spaces_for(Channel.PICTURE) == (FAKE_SPACE,)
