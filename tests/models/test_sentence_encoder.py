import json
import shutil

import numpy as np
import pytest
import torch

from sensorium.errors import ModelUnavailable
from sensorium.models.device import product_precision
from sensorium.models.minilm import MINILM_SHA256, find_minilm
from sensorium.models.sentence_encoder import SentenceEncoder, find_sentence_model, sentence_space
from sensorium.settings import Settings

SAME = 1e-5 if product_precision() is torch.float32 else 2e-3
"""How far the values of a unit row may lie from those of another way to reckon it."""
TEXTS = [
    "a cat",
    "The quick brown fox jumps over the lazy dog, and then it does so again, and again, until the dog wakes up.",
    "",
    "photo.jpg",
    "red shoes for running",
]


@pytest.fixture(scope="module")
def folder():
    try:
        return find_minilm(Settings())
    except ModelUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def encoder(folder):
    return SentenceEncoder(folder, sentence_space(folder, "minilm"), device="cpu", batch_size=2)


def mean_pooled(folder, text):
    """The model's published recipe, by transformers alone: mean over the tokens, then unit length."""
    from transformers import AutoModel, AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt", truncation=True, max_length=256)
    with torch.inference_mode():
        states = AutoModel.from_pretrained(folder).eval()(**tokens).last_hidden_state[0]
    return torch.nn.functional.normalize(states.mean(dim=0), dim=0).numpy()


def test_rows_are_those_of_the_published_recipe_in_the_order_of_the_texts(folder, encoder):
    rows = encoder.encode_texts(TEXTS)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, [mean_pooled(folder, text) for text in TEXTS], atol=SAME)


def test_a_batch_of_mixed_lengths_equals_one_at_a_time(encoder):
    alone = np.concatenate([encoder.encode_texts([text]) for text in TEXTS])
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), alone, atol=SAME)


def test_tokens_are_unit_rows_whose_mean_is_what_the_text_is_made_of(folder, encoder):
    """all-MiniLM-L6-v2 pools by the mean, so that what its tokens agree on is the direction of the text."""
    texts = ["the harbour opens at nine", "bread"]
    tokens = encoder.encode_tokens(texts)
    assert [len(rows) for rows in tokens] == [7, 3]  # with a mark at the beginning and at the end
    for rows, vector in zip(tokens, encoder.encode_texts(texts), strict=True):
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
        mean = rows.mean(axis=0)
        assert mean @ vector / np.linalg.norm(mean) > 0.98
    assert encoder.encode_tokens([]) == []


def test_no_texts_give_no_rows(encoder):
    assert encoder.encode_texts([]).shape == (0, 384)


def test_loading_prints_nothing(folder, capfd):
    SentenceEncoder(folder, sentence_space(folder, "minilm"), device="cpu").encode_texts(["a cat"])
    assert capfd.readouterr() == ("", "")


def test_text_past_the_window_is_cut_off(encoder):
    long = "word " * 300
    np.testing.assert_allclose(*(encoder.encode_texts([text]) for text in (long, long + "and more " * 50)), atol=1e-6)


def test_the_space_is_read_from_the_files(folder):
    space = sentence_space(folder, "minilm")
    assert (space.name, space.dimension, space.checksum) == ("minilm", 384, MINILM_SHA256)


def test_a_last_dense_layer_sets_the_dimension(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "model", ignore=shutil.ignore_patterns("*.safetensors"))
    (tmp_path / "model" / "model.safetensors").write_bytes(b"")
    modules = json.loads((tmp_path / "model" / "modules.json").read_text())
    modules.append({"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"})
    (tmp_path / "model" / "modules.json").write_text(json.dumps(modules))
    (tmp_path / "model" / "3_Dense").mkdir()
    (tmp_path / "model" / "3_Dense" / "config.json").write_text('{"in_features": 384, "out_features": 96}')
    assert sentence_space(tmp_path / "model", "dense").dimension == 96


def test_a_folder_with_pickled_weights_alone_is_refused(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "model", ignore=shutil.ignore_patterns("*.safetensors"))
    torch.save({}, tmp_path / "model" / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match=r"holds no safetensors.*convert"):
        sentence_space(tmp_path / "model", "pickled")


def test_a_model_that_is_not_here_is_named_with_the_cure():
    with pytest.raises(ModelUnavailable, match=r"'nobody/nothing'.*sentence_model.*SENSORIUM_ALLOW_DOWNLOAD"):
        find_sentence_model(Settings(sentence_model="nobody/nothing"))


def test_a_folder_in_the_settings_is_taken_as_it_is(folder):
    assert find_sentence_model(Settings(sentence_model=str(folder))) == folder
