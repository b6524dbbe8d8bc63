"""Teacher and student must see the same crop, whoever asks and whenever."""

import numpy as np
import pytest

from training.batches import size_at
from training.config import TeachPlan
from training.pictures import PictureStore, view_boxes
from training.prepare import _kept

PLAN = TeachPlan(teachers=1, size=8, scale=(0.3, 1.0), ratio=(0.8, 1.25), whole_share=0.25, processes=1, batch=2)


def test_view_zero_is_the_whole_picture():
    np.testing.assert_array_equal(view_boxes(PLAN, 7, 0, 3), [[0, 0, 1, 1]] * 3)


def test_boxes_follow_from_seed_and_view():
    np.testing.assert_array_equal(view_boxes(PLAN, 7, 1, 50), view_boxes(PLAN, 7, 1, 50))
    assert not np.allclose(view_boxes(PLAN, 7, 1, 50), view_boxes(PLAN, 7, 2, 50))
    assert not np.allclose(view_boxes(PLAN, 7, 1, 50), view_boxes(PLAN, 8, 1, 50))


def test_boxes_lie_inside_and_keep_their_share():
    boxes = view_boxes(PLAN, 7, 1, 2000)
    assert boxes.min() >= 0
    assert boxes.max() <= 1 + 1e-6
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    assert area.min() > 0.29
    assert 0.55 < area.mean() < 0.7  # (0.3 + 1.0) / 2, less what the picture's edge cuts off


def test_the_store_gives_each_picture_in_its_own_size():
    first, second = np.full((2, 3, 3), 10, np.uint8), np.full((4, 2, 3), 200, np.uint8)
    store = PictureStore(
        np.concatenate([first.ravel(), second.ravel()]), np.array([0, 18]), np.array([[2, 3], [4, 2]], dtype=np.int32)
    )
    np.testing.assert_array_equal(store.picture(1), second)
    cut = store.cut(0, np.array([0, 0, 0.5, 1], dtype=np.float32), 8)
    assert cut.shape == (8, 8, 3)
    assert (cut == 10).all()


@pytest.mark.parametrize(
    ("size", "box"),
    [((100, 100), (0, 0, 100, 100)), ((300, 100), (50, 0, 250, 100)), ((100, 500), (0, 150, 100, 350))],
)
def test_banners_are_cut_to_two_to_one(size, box):
    assert _kept(*size) == box


@pytest.mark.parametrize(("step", "size"), [(0, 96), (9, 96), (10, 128), (99, 128)])
def test_the_input_grows_by_schedule(step, size):
    assert size_at(((0, 96), (10, 128)), step) == size
