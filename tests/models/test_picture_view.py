"""A view prepares a picture exactly as open_clip's own transform does, and leaves alone what has been seen."""

import pickle

import numpy as np
import pytest
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image

from sensorium.models.picture_view import PictureView

RESIZE_MODES = {"crop": "shortest", "pad": "longest", "squash": "squash"}
SIZES = [(64, 48), (48, 64), (33, 120), (20, 11), (200, 90), (32, 32)]


def drawing(width, height):
    random = np.random.default_rng(width)
    coarse = Image.fromarray(random.integers(0, 256, (5, 7, 3), dtype=np.uint8))
    return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("resample", ["bicubic", "bilinear"])
@pytest.mark.parametrize("fit", RESIZE_MODES)
def test_a_picture_is_seen_as_open_clip_prepares_it(fit, resample):
    config = PreprocessCfg(
        size=32, mean=(0, 0, 0), std=(1, 1, 1), resize_mode=RESIZE_MODES[fit], interpolation=resample, fill_color=9
    )
    theirs = image_transform_v2(config, is_train=False)
    view = PictureView(32, 32, fit, resample, fill=9)
    for width, height in SIZES:
        picture = drawing(width, height)
        expected = (theirs(Image.fromarray(picture)).permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
        np.testing.assert_array_equal(view.see(picture), expected, err_msg=f"{width} × {height}")


def test_oblong_views_are_open_clips_as_well():
    config = PreprocessCfg(size=(24, 40), mean=(0, 0, 0), std=(1, 1, 1), resize_mode="shortest")
    theirs = image_transform_v2(config, is_train=False)
    for width, height in SIZES:
        picture = drawing(width, height)
        expected = (theirs(Image.fromarray(picture)).permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
        np.testing.assert_array_equal(PictureView(40, 24, "crop").see(picture), expected)


@pytest.mark.parametrize("fit", RESIZE_MODES)
def test_what_has_been_seen_is_left_as_it_is(fit):
    view = pickle.loads(pickle.dumps(PictureView(32, 24, fit)))  # as it is sent to a decoding process
    seen = view.see(drawing(100, 60))
    assert seen.shape == (24, 32, 3)
    assert view.see(seen) is seen


@pytest.mark.parametrize("fit", ["squash", "crop", "pad"])
@pytest.mark.parametrize("size", [(300, 200), (40, 24)])
def test_an_image_is_seen_as_its_array_is(fit, size):
    view, picture = PictureView(40, 24, fit), drawing(*size)
    np.testing.assert_array_equal(view.see(Image.fromarray(picture)), view.see(picture))
