import threading
from dataclasses import dataclass

import numpy as np
import torch

from sensorium.models.picture_batches import Normalise, seen_batches
from sensorium.models.picture_view import PictureView

SQUARE = PictureView(3, 3, "squash")


def pictures(count):
    return [np.full((2 + number % 3, 3, 3), number, dtype=np.uint8) for number in range(count)]


def test_batches_keep_the_order_and_the_last_one_is_short():
    batches = list(seen_batches(pictures(7), SQUARE, 3))
    assert [tuple(batch.shape) for batch in batches] == [(3, 3, 3, 3), (3, 3, 3, 3), (1, 3, 3, 3)]
    assert torch.cat(batches)[:, 0, 0, 0].tolist() == list(range(7))


def test_no_pictures_give_no_batches():
    assert list(seen_batches([], SQUARE, 3)) == []


def test_the_next_batch_is_made_while_this_one_is_in_use():
    seen = threading.Semaphore(0)

    @dataclass(frozen=True)
    class Counting(PictureView):
        def see(self, picture):
            small = np.zeros((3, 3, 3), np.uint8)
            seen.release()
            return small

    batches = seen_batches(pictures(4), Counting(3, 3, "squash"), 2)
    next(batches)
    for _ in range(4):  # all four, though only the first two were taken
        assert seen.acquire(timeout=5)


def test_bytes_become_what_a_tower_was_trained_on():
    batch = torch.tensor([[0, 255], [51, 102]], dtype=torch.uint8).expand(1, 3, 2, 2)
    mean, std = (0.5, 0.4, 0.3), (0.5, 0.2, 0.1)
    found = Normalise(mean, std, torch.device("cpu"), torch.float32)(batch)
    expected = (batch.numpy() / 255 - np.reshape(mean, (1, 3, 1, 1))) / np.reshape(std, (1, 3, 1, 1))
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-6)
