"""The tower as a file: what is saved comes back, and what does not fit is refused by name."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from sensorium.models.picture_tower import (
    PictureTower,
    PictureTowerConfig,
    load_picture_tower,
    preprocess,
    save_picture_tower,
)

CONFIG = PictureTowerConfig(
    architecture="mobilenetv4_conv_small_035",
    input_px=32,
    mean=(0.5, 0.25, 0.0),
    std=(0.5, 0.25, 1.0),
    hidden=8,
    output_size=6,
    text_model="a text model",
    text_model_sha256="0" * 64,
    training={"steps": 3},
)


@pytest.fixture(scope="module")
def tower():
    torch.manual_seed(0)
    return PictureTower(CONFIG).eval()


@pytest.fixture
def saved(tower, tmp_path):
    path = tmp_path / "tower.safetensors"
    save_picture_tower(path, tower, CONFIG)
    return path


def test_rows_are_of_unit_length(tower):
    with torch.inference_mode():
        rows = tower(torch.randn(3, 3, 32, 48))
    assert rows.shape == (3, 6)
    torch.testing.assert_close(rows.norm(dim=1), torch.ones(3))


def test_a_saved_tower_comes_back_with_its_config(tower, saved):
    loaded, config = load_picture_tower(saved)
    pixels = torch.randn(2, 3, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(loaded(pixels), tower(pixels), atol=5e-3, rtol=0)
    assert (config.input_px, config.mean, config.training) == (32, CONFIG.mean, {"steps": 3})
    assert not loaded.training


def test_weights_are_stored_in_half_precision(tower, saved):
    parameters = sum(parameter.numel() for parameter in tower.parameters())
    assert saved.stat().st_size < 3 * parameters


def test_changed_weights_are_refused(saved):
    saved.write_bytes(saved.read_bytes()[:-1] + b"\x01")
    with pytest.raises(ValueError, match="expects"):
        load_picture_tower(saved)


def test_weights_of_another_shape_are_refused(tower, saved):
    record = json.loads(saved.with_suffix(".json").read_text())
    saved.with_suffix(".json").write_text(json.dumps({**record, "hidden": 9}))
    with pytest.raises(ValueError, match="does not fit"):
        load_picture_tower(saved)


@pytest.mark.parametrize("broken", ["", "[]", '{"format": 99}', '{"format": 1, "mean": 3, "std": 3}'])
def test_a_config_that_is_none_is_refused_by_name(saved, broken):
    saved.with_suffix(".json").write_text(broken)
    with pytest.raises(ValueError, match=r"tower\.json"):
        load_picture_tower(saved)


def test_missing_weights_are_an_os_error(saved):
    saved.unlink()
    with pytest.raises(OSError, match="tower"):
        load_picture_tower(saved)


def test_preprocess_normalises_each_channel():
    pixels = preprocess(Image.new("RGB", (90, 40), (255, 0, 51)), CONFIG)
    assert pixels.shape == (3, 32, 32)
    expected = torch.tensor([(1 - 0.5) / 0.5, (0 - 0.25) / 0.25, (0.2 - 0) / 1]).reshape(3, 1, 1).expand(3, 32, 32)
    torch.testing.assert_close(pixels, expected)


def test_preprocess_uses_the_whole_picture():
    halves = np.zeros((40, 120, 3), dtype=np.uint8)
    halves[:, 60:] = 255
    pixels = preprocess(Image.fromarray(halves), CONFIG)[0]
    assert pixels[:, 0].max() < pixels[:, -1].min()


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "LA"])
def test_preprocess_takes_any_mode(mode):
    assert preprocess(Image.new(mode, (20, 20)), CONFIG).shape == (3, 32, 32)
