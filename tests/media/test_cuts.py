from __future__ import annotations

import numpy as np

from sensorium.media.cuts import find_cuts, miniature

TIMES = [number / 25 for number in range(50)]


def scene(seed):
    return np.random.default_rng(seed).integers(0, 256, (16, 16, 3)).astype(np.float32)


def film(*scenes):
    """Fifty frames with a little noise, and the scene of each frame chosen by its number."""
    noise = np.random.default_rng(9).normal(0, 1, (50, 16, 16, 3)).astype(np.float32)
    return [scenes[number] + noise[number] for number in range(50)]


def test_every_cut_is_found_at_its_frame():
    a, b, c = scene(1), scene(2), scene(3)
    assert find_cuts(TIMES, film(*[a] * 17, *[b] * 20, *[c] * 13)) == [17, 37]


def test_a_moving_camera_is_no_cut():
    wide = np.random.default_rng(4).integers(0, 256, (16, 80, 3)).astype(np.float32)
    assert find_cuts(TIMES[:40], film(*[wide[:, at : at + 16] for at in range(50)])[:40]) == []


def test_a_flash_is_no_cut():
    a = scene(1)
    flash = np.full_like(a, 255)
    assert find_cuts(TIMES, film(*[a] * 20, flash, *[a] * 29)) == []


def test_a_dissolve_is_no_cut():
    a, b = scene(1), scene(2)
    dissolve = [a + (b - a) * step / 20 for step in range(20)]
    assert find_cuts(TIMES, film(*[a] * 15, *dissolve, *[b] * 15)) == []


def test_a_shot_that_hardly_changes_has_no_cut():
    a = scene(1)
    assert find_cuts(TIMES, film(*[a + step / 10 for step in range(50)])) == []
    assert find_cuts([], []) == find_cuts([0.0], [a]) == []


def test_a_miniature_is_the_mean_over_each_field_of_a_grid():
    pixels = np.random.default_rng(0).integers(0, 256, (32, 48, 3)).astype(np.uint8)
    expected = pixels.reshape(16, 2, 16, 3, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(miniature(pixels), expected, atol=1e-3)
    assert miniature(pixels[:5, :7]).shape == (5, 7, 3)
