import threading

import numpy as np
import torch

from sensorium.models.picture_batches import prepared_batches


def pictures(count):
    return [np.full((2 + number % 3, 3, 3), number, dtype=np.uint8) for number in range(count)]


def prepare(picture):
    assert picture.mode == "RGB"
    return torch.full((3, 1, 1), float(picture.getpixel((0, 0))[0]))


def test_batches_keep_the_order_and_the_last_one_is_short():
    batches = list(prepared_batches(pictures(7), prepare, 3))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert torch.cat(batches)[:, 0, 0, 0].tolist() == [float(number) for number in range(7)]


def test_no_pictures_give_no_batches():
    assert list(prepared_batches([], prepare, 3)) == []


def test_the_next_batch_is_prepared_while_this_one_is_in_use():
    prepared = threading.Semaphore(0)

    def counting(picture):
        tensor = prepare(picture)
        prepared.release()
        return tensor

    batches = prepared_batches(pictures(4), counting, 2)
    next(batches)
    for _ in range(4):  # all four, though only the first two were taken
        assert prepared.acquire(timeout=5)
