import json

import numpy as np
import pytest
import torch
from PIL import Image

from sensorium.errors import ModelUnavailable
from sensorium.models.checksums import combined_checksum, file_checksum
from sensorium.models.minilm import MINILM_NAME, MINILM_SHA256
from sensorium.models.picture_tower import (
    PictureTower,
    PictureTowerConfig,
    load_picture_tower,
    preprocess,
    save_picture_tower,
)
from sensorium.models.profiles import load_models
from sensorium.models.starter import STARTER_SOUND_WEIGHTS, STARTER_WEIGHTS, StarterPictureEncoder, starter_space
from sensorium.settings import Settings
from sensorium.types import PICTURE_CHANNELS, Channel

CONFIG = PictureTowerConfig(
    architecture="mobilenetv4_conv_small_035",
    input_px=64,
    mean=(0.5, 0.4, 0.3),
    std=(0.2, 0.2, 0.2),
    hidden=32,
    output_size=384,
    text_model=MINILM_NAME,
    text_model_sha256=MINILM_SHA256,
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("tower") / "starter-picture.safetensors"
    save_picture_tower(path, PictureTower(CONFIG), CONFIG)
    return path


@pytest.fixture(scope="module")
def pictures():
    random = np.random.default_rng(0)
    sizes = [(64, 64), (300, 40), (33, 120), (500, 700), (5, 5)]
    return [random.integers(0, 256, (height, width, 3), dtype=np.uint8) for height, width in sizes]


@pytest.fixture
def copied(weights, tmp_path):
    for source in (weights, weights.with_suffix(".json")):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    return tmp_path / weights.name


def test_rows_are_those_of_the_tower_itself_in_the_order_of_the_pictures(weights, pictures):
    tower, config = load_picture_tower(weights)
    with torch.inference_mode():
        expected = tower(torch.stack([preprocess(Image.fromarray(each), config) for each in pictures])).numpy()
    rows = StarterPictureEncoder(weights, device="cpu", batch_size=2).encode_pictures(pictures)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, expected, atol=1e-5)


def test_a_batch_of_mixed_sizes_equals_one_at_a_time(weights, pictures):
    encoder = StarterPictureEncoder(weights, device="cpu", batch_size=3)
    alone = np.concatenate([encoder.encode_pictures([each]) for each in pictures])
    np.testing.assert_allclose(encoder.encode_pictures(pictures), alone, atol=1e-5)


def test_no_pictures_give_no_rows(weights):
    assert StarterPictureEncoder(weights, device="cpu").encode_pictures([]).shape == (0, 384)


def test_space_and_size_are_known_from_the_files(weights):
    encoder = StarterPictureEncoder(weights)
    assert encoder.input_px == 64
    assert encoder.space == starter_space(weights)
    checksums = (MINILM_SHA256, file_checksum(weights), file_checksum(STARTER_SOUND_WEIGHTS))
    assert encoder.space.checksum == combined_checksum(checksums)


def test_weights_that_are_not_what_the_description_says_are_refused(copied, pictures):
    copied.write_bytes(copied.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelUnavailable, match=r"has the sha256 .*its description says .*reinstall"):
        StarterPictureEncoder(copied, device="cpu").encode_pictures(pictures)


def test_weights_for_another_text_model_are_refused(copied):
    described = json.loads(copied.with_suffix(".json").read_text()) | {"text_model_sha256": "0" * 64}
    copied.with_suffix(".json").write_text(json.dumps(described))
    with pytest.raises(ModelUnavailable, match="trained for another text model"):
        starter_space(copied)


def test_missing_weights_are_named(tmp_path, copied):
    with pytest.raises(ModelUnavailable, match=r"nowhere\.safetensors cannot be read.*reinstall"):
        starter_space(tmp_path / "nowhere.safetensors")
    copied.unlink()
    with pytest.raises(ModelUnavailable, match=r"starter-picture\.safetensors is missing.*reinstall"):
        starter_space(copied)


@pytest.fixture(scope="module")
def shipped():
    models = load_models(Settings(device="cpu"), "starter")
    try:
        _ = models.texts
    except ModelUnavailable as error:
        pytest.skip(str(error))
    return models


def test_the_profile_has_one_space_for_every_channel_but_fingerprints_and_one_for_looks(shipped):
    spaces = {channel: shipped.spaces_for(channel) for channel in Channel}
    assert spaces.pop(Channel.TRACK) == ()
    looks = shipped.pictures.look_space
    assert {spaces.pop(channel) for channel in PICTURE_CHANNELS} == {(starter_space(), looks)}
    assert set(spaces.values()) == {(starter_space(),)}
    assert shipped.text_encoder_for(shipped.pictures.space) is shipped.texts[0]


def test_the_profile_writes_words_and_pictures_of_one_length(shipped, pictures):
    rows = np.concatenate([shipped.texts[0].encode_texts(["a cat"]), shipped.pictures.encode_pictures(pictures)])
    assert rows.shape == (6, 384)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_the_profile_describes_itself(shipped):
    words, picture, sound, *rest = shipped.describe()
    assert (words.role, words.name, words.available) == ("text", MINILM_NAME, True)
    assert words.size_mb == pytest.approx(90.9, abs=0.1)
    assert (picture.role, picture.available) == ("picture", True)
    assert (sound.role, sound.available) == ("sound", True)
    assert sound.size_mb == pytest.approx(STARTER_SOUND_WEIGHTS.stat().st_size / 1e6)
    assert picture.size_mb == pytest.approx(STARTER_WEIGHTS.stat().st_size / 1e6)
    assert {each.role for each in rest} == {"speech", "text in pictures"}
