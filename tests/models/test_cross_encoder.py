"""A small cross-encoder with random weights, saved and loaded by the path that a real one takes."""

import numpy as np
import pytest
import torch
from sentence_transformers import CrossEncoder

from sensorium.errors import ModelUnavailable
from sensorium.models.cross_encoder import CrossEncoderReader, find_cross_encoder
from sensorium.settings import Settings
from tests.models.tiny_models import save_cross_encoder

PASSAGES = ["the harbour opens at nine", "bread and salt", "", "harbour " * 400]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_cross_encoder(tmp_path_factory.mktemp("cross-encoder"))


def test_the_odds_are_the_library_s_own_before_any_sigmoid(folder):
    direct = CrossEncoder(str(folder), device="cpu", local_files_only=True)
    expected = direct.predict([("the harbour", each) for each in PASSAGES], activation_fn=torch.nn.Identity())
    odds = CrossEncoderReader(folder, device="cpu").log_odds("the harbour", PASSAGES)
    assert odds.dtype == np.float32
    np.testing.assert_allclose(odds, expected, atol=1e-5)
    assert len(set(odds.round(4))) == len(PASSAGES)


def test_no_passages_give_no_odds(folder):
    assert CrossEncoderReader(folder, device="cpu").log_odds("the harbour", []).shape == (0,)


def test_a_model_of_several_outputs_is_refused(tmp_path):
    reader = CrossEncoderReader(save_cross_encoder(tmp_path, outputs=3), device="cpu")
    with pytest.raises(ModelUnavailable, match="3 outputs"):
        reader.load()


def test_pickled_weights_are_refused(folder, tmp_path):
    for path in folder.iterdir():
        if path.suffix != ".safetensors":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    torch.save({"x": torch.zeros(1)}, tmp_path / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="not a usable cross-encoder"):
        CrossEncoderReader(tmp_path, device="cpu").load()


def test_the_setting_is_a_folder_or_a_name_and_a_missing_one_says_how_to_get_it(folder):
    assert find_cross_encoder(Settings(cross_encoder=str(folder))) == folder
    with pytest.raises(ModelUnavailable, match=r"nobody/no-such-model.*SENSORIUM_ALLOW_DOWNLOAD"):
        find_cross_encoder(Settings(cross_encoder="nobody/no-such-model"))
