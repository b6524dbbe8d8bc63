"""Where in a picture an encoder sees what is asked for."""

import numpy as np
import pytest
import torch
from PIL import Image

from sensorium.models.heat import GRID, SeesWhere, by_covering, by_gradient, heat_of
from sensorium.models.minilm import MINILM_NAME, MINILM_SHA256
from sensorium.models.picture_tower import (
    PictureTower,
    PictureTowerConfig,
    load_picture_tower,
    preprocess,
    save_picture_tower,
)
from sensorium.models.starter import StarterPictureEncoder
from tests.fakes import FakePictureEncoder, FakeTextEncoder


def grey_with(colour, y, x, size=20):
    """A grey picture with a square of a colour whose upper left corner is at (y, x)."""
    picture = np.full((70, 70, 3), 128, np.uint8)
    picture[y : y + size, x : x + size] = colour
    return picture


def middle(heat):
    """Centre of the heat as shares of height and width."""
    rows, columns = np.indices(heat.shape) + 0.5
    return (
        float((heat * rows).sum() / heat.sum() / heat.shape[0]),
        float((heat * columns).sum() / heat.sum() / heat.shape[1]),
    )


@pytest.mark.parametrize(("y", "x"), [(0, 0), (0, 50), (50, 0), (50, 50), (25, 25)])
def test_covering_finds_the_place_of_a_colour(y, x):
    (red,) = FakeTextEncoder().encode_texts(["red"])
    heat = heat_of(FakePictureEncoder(), grey_with((255, 0, 0), y, x), red)
    assert heat.shape == (GRID, GRID)
    assert heat.min() >= 0
    assert middle(heat) == pytest.approx(((y + 10) / 70, (x + 10) / 70), abs=0.1)


def test_covering_takes_pictures_of_any_shape():
    (red,) = FakeTextEncoder().encode_texts(["red"])
    wide = np.full((9, 200, 3), 128, np.uint8)
    wide[:, 160:] = (255, 0, 0)
    assert middle(by_covering(FakePictureEncoder(), wide, red))[1] > 0.75


def test_an_encoder_that_sees_where_is_asked_itself():
    class Knows(FakePictureEncoder):
        def heat(self, picture, towards):
            return np.eye(3, dtype=np.float32)

    assert isinstance(Knows(), SeesWhere)
    assert not isinstance(FakePictureEncoder(), SeesWhere)
    np.testing.assert_array_equal(heat_of(Knows(), np.zeros((8, 8, 3), np.uint8), np.zeros(3)), np.eye(3))


def test_gradients_weigh_each_channel_by_its_mean_gradient():
    features = torch.tensor([[[[1.0, 2.0], [0.0, 4.0]], [[3.0, 0.0], [1.0, 1.0]]]])  # two channels of 2 x 2
    heat = by_gradient(features, lambda f: 2 * f[0, 0].sum() - f[0, 1].sum())
    np.testing.assert_allclose(heat, [[0.0, 4.0], [0.0, 7.0]])  # relu(2 * first - second)


def test_tokens_are_a_grid_after_their_prefix():
    tokens = torch.arange(5.0).reshape(1, 5, 1)  # a class token and 2 x 2 patches of one channel
    heat = by_gradient(tokens, lambda t: t.sum(), prefix_tokens=1)
    np.testing.assert_allclose(heat, [[1.0, 2.0], [3.0, 4.0]])


def test_the_starter_tower_tells_by_the_gradient_of_its_last_map(tmp_path):
    torch.manual_seed(0)
    config = PictureTowerConfig(
        "mobilenetv4_conv_small_035", 96, (0.5, 0.4, 0.3), (0.2, 0.2, 0.2), 32, 384, MINILM_NAME, MINILM_SHA256
    )
    save_picture_tower(tmp_path / "tower.safetensors", PictureTower(config), config)
    encoder = StarterPictureEncoder(tmp_path / "tower.safetensors", device="cpu")
    picture = np.random.default_rng(0).integers(0, 256, (50, 80, 3), dtype=np.uint8)
    towards = encoder.encode_pictures([picture[::-1]])[0]

    tower, _ = load_picture_tower(tmp_path / "tower.safetensors")
    features = tower.trunk.forward_features(preprocess(Image.fromarray(picture), config)[None])
    features.retain_grad()
    vector = torch.nn.functional.normalize(tower.projection(tower.trunk.forward_head(features)), dim=1)[0]
    (vector @ torch.from_numpy(towards)).backward()
    expected = torch.relu((features.grad.mean(dim=(2, 3), keepdim=True) * features).sum(dim=1))[0]

    heat = encoder.heat(picture, towards)
    assert heat.shape == (3, 3)  # 96 pixels, each place of the map stands for 32
    np.testing.assert_allclose(heat, expected.detach().numpy(), atol=1e-5)
