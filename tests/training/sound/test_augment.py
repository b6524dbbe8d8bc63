"""Windows are cut from the clips they name, and say when they no longer sound like them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sensorium.models.log_mel import RATE, WINDOW
from training.sound.augment import Augmenter

UNTOUCHED = {"speed": 0.0, "mix": 0.0, "colour": 0.0, "echo": 0.0, "noise": 0.0, "silence": 0.0}


def draw(pool, plan, count=32, seed=0, **chances):
    generator = torch.Generator().manual_seed(seed)
    return Augmenter(pool, replace(plan, **UNTOUCHED | chances), generator).draw(count)


def strongest_hertz(wave):
    return float(np.abs(np.fft.rfft(wave)).argmax()) * RATE / WINDOW


def test_windows_sound_like_the_clips_they_name(pool, plan):
    windows = draw(pool, plan)
    assert windows.waves.shape == (32, WINDOW)
    assert windows.waves.abs().max() <= 1
    for clip, hertz in ((0, 200), (2, 4000)):  # the training clips are hum, hiss and whistle
        named = windows.waves[(windows.clips == clip) & (windows.trust > 0)].numpy()
        assert len(named)
        assert all(abs(strongest_hertz(wave) - hertz) < 40 for wave in named)


def test_speed_moves_the_pitch_within_its_bounds(pool, plan):
    windows = draw(pool, plan, speed=1.0)
    pitches = [strongest_hertz(wave) for wave in windows.waves[(windows.clips == 2) & (windows.trust > 0)].numpy()]
    assert max(pitches) - min(pitches) > 200
    assert all(4000 * 0.79 <= pitch <= 4000 * 1.26 for pitch in pitches)


def test_the_same_seed_draws_the_same_windows(pool, plan):
    everything = dict.fromkeys(UNTOUCHED, 0.5)
    first, second = draw(pool, plan, **everything), draw(pool, plan, **everything)
    assert torch.equal(first.waves, second.waves)
    assert not torch.equal(first.waves, draw(pool, plan, seed=1, **everything).waves)


def test_silence_is_silent_and_teaches_no_label(pool, plan):
    windows = draw(pool, plan, silence=1.0)
    assert not windows.waves.any()
    assert not windows.trust.any()


@pytest.mark.parametrize("touch", ["mix", "noise"])
def test_what_drowns_its_clip_is_not_trusted(pool, plan, touch):
    windows = draw(pool, plan, count=200, **{touch: 1.0})
    assert 0.3 < windows.trust.mean() < 1
    assert torch.isfinite(windows.waves).all()


@pytest.mark.parametrize("touch", ["colour", "echo"])
def test_colours_and_echoes_change_a_window_but_not_its_label(pool, plan, touch):
    plain, touched = draw(pool, plan), draw(pool, plan, **{touch: 1.0})
    assert touched.trust.mean() > 0.8
    assert not torch.allclose(plain.waves, touched.waves, atol=1e-2)
