import numpy as np
import pytest
import torch

from sensorium.errors import ModelUnavailable
from sensorium.models.checksums import file_checksum
from sensorium.models.look_reading import LOOK_DIMENSION, LookReading, load_look_reading, save_look_reading
from sensorium.models.looks import by_space, encode_whole, picture_spaces
from sensorium.models.starter import STARTER_LOOK_WEIGHTS, STARTER_WEIGHTS, StarterPictureEncoder
from sensorium.types import Space
from tests.fakes import FakePictureEncoder

OWN = Space("own", 2, "a")
LOOK = Space("look", 3, "b")


@pytest.fixture
def reading():
    torch.manual_seed(0)
    return LookReading(torch.randn(LOOK_DIMENSION, 10), torch.randn(LOOK_DIMENSION))


def test_rows_are_the_affine_image_at_unit_length(reading):
    features = torch.randn(5, 10)
    expected = features @ reading.weight.T + reading.bias
    expected /= expected.norm(dim=1, keepdim=True)
    torch.testing.assert_close(reading(features), expected)
    assert reading(features.half()).dtype == torch.float32


def test_what_was_saved_is_loaded(reading, tmp_path):
    save_look_reading(tmp_path / "look.safetensors", reading, "abc")
    loaded = load_look_reading(tmp_path / "look.safetensors", "abc")
    torch.testing.assert_close((loaded.weight, loaded.bias), (reading.weight, reading.bias))


def test_another_towers_reading_is_refused(reading, tmp_path):
    save_look_reading(tmp_path / "look.safetensors", reading, "abc")
    with pytest.raises(ModelUnavailable, match="belongs to another picture tower"):
        load_look_reading(tmp_path / "look.safetensors", "abd")


@pytest.mark.parametrize("content", [None, b"", b"no tensors at all"])
def test_a_missing_or_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "look.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelUnavailable, match=r"look\.safetensors cannot be read"):
        load_look_reading(path, "abc")


def test_the_shipped_one_belongs_to_the_shipped_tower():
    reading = load_look_reading(STARTER_LOOK_WEIGHTS, file_checksum(STARTER_WEIGHTS))
    assert reading.weight.shape == (LOOK_DIMENSION, 448)


def test_both_vectors_come_from_one_pass_and_have_unit_length():
    encoder = StarterPictureEncoder(device="cpu")
    pictures = list(np.random.default_rng(0).integers(0, 256, (3, 40, 50, 3), dtype=np.uint8))
    rows = encode_whole(encoder, pictures)
    (own, named), (look, looks) = by_space(rows, picture_spaces(encoder))
    assert (own, look.name) == (encoder.space, "starter-look")
    np.testing.assert_allclose(named, encoder.encode_pictures(pictures), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(looks, axis=1), 1, atol=1e-5)
    assert encode_whole(encoder, []).shape == (0, 384 + LOOK_DIMENSION)


def test_an_encoder_without_looks_has_one_space():
    encoder = FakePictureEncoder()
    pictures = [np.full((4, 4, 3), 200, np.uint8)]
    assert picture_spaces(encoder) == (encoder.space,)
    np.testing.assert_array_equal(encode_whole(encoder, pictures), encoder.encode_pictures(pictures))


def test_rows_are_taken_apart_space_by_space():
    rows = np.arange(10, dtype=np.float32).reshape(2, 5)
    (_, own), (_, look) = by_space(rows, (OWN, LOOK))
    np.testing.assert_array_equal(own, [[0, 1], [5, 6]])
    np.testing.assert_array_equal(look, [[2, 3, 4], [7, 8, 9]])
    assert look.flags.c_contiguous
