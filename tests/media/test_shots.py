from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from sensorium.media.shots import Shots, Still, sharpness


def picture(seed, *, blurred=False):
    """Patches of colour, the same for one seed, with sharp or soft edges."""
    patches = np.random.default_rng(seed).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    pixels = np.kron(patches, np.ones((8, 8, 1), np.uint8))
    if blurred:
        soft = pixels.astype(np.float32)
        for axis in (0, 1):
            soft = sum(np.roll(soft, shift, axis) for shift in range(-3, 4)) / 7
        pixels = soft.astype(np.uint8)
    return pixels


def still(time_s, seed, **look):
    return Still.of(time_s, picture(seed, **look))


def spans(frames):
    return [(frame.start_s, frame.end_s) for frame in frames]


def shown(frame):
    """The seed of the picture that the frame shows."""
    return min(range(40), key=lambda seed: np.abs(frame.pixels.astype(float) - picture(seed)).mean())


def test_a_shot_is_shown_by_its_sharpest_still():
    shots = Shots(capacity=10)
    shots.offer(still(0.0, 1, blurred=True))
    shots.offer(still(2.0, 1))
    shots.offer(still(3.0, 1, blurred=True))
    shots.cut(4.0)
    shots.offer(still(4.0, 4, blurred=True))
    frames = shots.finish(9.0)
    assert spans(frames) == [(0.0, 4.0), (4.0, 9.0)]
    assert sharpness(frames[0].pixels) > 2 * sharpness(picture(1, blurred=True))
    assert shown(frames[0]) == 1


def test_the_first_moment_after_a_cut_is_not_taken_where_another_is_as_sharp():
    shots = Shots(capacity=10)
    shots.offer(still(0.0, 1))
    shots.cut(4.0)
    shots.offer(still(4.0, 2))
    shots.offer(still(5.0, 3))
    assert [shown(frame) for frame in shots.finish(6.0)] == [1, 3]


def test_a_long_shot_is_sampled_and_what_stays_the_same_is_not():
    shots = Shots(capacity=10)
    for second in range(0, 60, 2):
        shots.offer(still(float(second), 1 if second < 30 else 2))
    assert spans(shots.finish(60.0)) == [(0.0, 30.0), (30.0, 60.0)]


def test_a_shot_that_dissolves_into_another_scene_gives_both():
    shots = Shots(capacity=10)
    for half in range(16):
        share = min(1.0, max(0.0, (half - 6) / 4))
        pixels = (picture(1) * (1 - share) + picture(2) * share).astype(np.uint8)
        shots.offer(Still.of(half / 2, pixels))
    frames = shots.finish(8.0)
    assert [shown(frame) for frame in frames] == [1, 2]
    assert 3.0 < frames[0].end_s < 5.0


def test_neighbours_that_look_most_alike_are_joined_when_there_are_too_many():
    shots = Shots(capacity=3)
    looks = [picture(1), picture(1) // 8 * 7, picture(2), picture(3), picture(3) // 8 * 7]
    for second, pixels in enumerate(looks):
        shots.cut(float(second))
        shots.offer(Still.of(float(second), pixels))
    frames = shots.finish(5.0)
    assert spans(frames) == [(0.0, 2.0), (2.0, 3.0), (3.0, 5.0)]
    assert [shown(frame) for frame in frames] == [1, 2, 3]


@pytest.mark.parametrize("count", [7, 100])
def test_there_are_never_more_stills_than_the_capacity_and_no_gaps(count):
    shots = Shots(capacity=5)
    for second in range(count):
        shots.cut(float(second))
        shots.offer(still(float(second), second))
    frames = shots.finish(float(count))
    assert len(frames) == 5
    assert frames[0].start_s == 0.0
    assert frames[-1].end_s == count
    assert all(before.end_s == after.start_s for before, after in pairwise(frames))


def test_a_film_without_a_still_has_no_frames():
    assert Shots(capacity=5).finish(3.0) == ()


def test_a_blurred_picture_is_less_sharp():
    assert sharpness(picture(1, blurred=True)) < 0.5 * sharpness(picture(1))
    assert sharpness(np.zeros((2, 2, 3), np.uint8)) == 0.0
