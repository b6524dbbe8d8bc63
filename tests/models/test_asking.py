"""What is asked at the same time is encoded together, and what was asked before is not encoded again."""

import sys
import threading
import time

import numpy as np
import pytest

from sensorium.models.asking import Asking, Together
from sensorium.types import Space
from tests.fakes import FakeTextEncoder


class Slow:
    """Doubles numbers, noting what came at once; the first pass takes until `go`."""

    def __init__(self):
        self.batches = []
        self.go = threading.Event()

    def __call__(self, values):
        self.batches.append(list(values))
        assert self.go.wait(10)
        if -1 in values:
            raise ValueError("-1 cannot be encoded")
        return np.array([[2.0 * value] for value in values], np.float32)


def asked(together, lists):
    """What every list gets, each asked by a thread of its own; the first alone is in work when the others come."""
    found = {}

    def ask(number):
        try:
            found[number] = together(lists[number]).ravel().tolist()
        except ValueError as error:
            found[number] = str(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(lists))]
    threads[0].start()
    while not together._encode.batches:
        time.sleep(0.001)
    for thread in threads[1:]:
        thread.start()
    while len(together._queue) < len(lists) - 1:
        time.sleep(0.001)
    together._encode.go.set()
    for thread in threads:
        thread.join(10)
    return found


def test_what_comes_while_the_encoder_works_is_encoded_in_one_pass():
    slow = Slow()
    found = asked(Together(slow), [[1], [2, 3], [4], [5]])
    assert found == {0: [2], 1: [4, 6], 2: [8], 3: [10]}
    assert slow.batches[0] == [1]
    assert [sorted(batch) for batch in slow.batches[1:]] == [[2, 3, 4, 5]]


def test_a_value_that_cannot_be_encoded_fails_its_own_query_alone():
    found = asked(Together(Slow()), [[1], [2], [-1], [3]])
    assert found == {0: [2], 1: [4], 2: "-1 cannot be encoded", 3: [6]}


@pytest.mark.parametrize(("encode", "error"), [(lambda _: sys.exit(3), SystemExit), (lambda _: None, TypeError)])
def test_nobody_waits_for_ever_for_an_encoder_that_gives_up_or_gives_nothing(encode, error):
    heard = []

    def ask():
        try:
            Together(encode)([1])
        except BaseException as raised:
            heard.append(type(raised))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(5)
    assert heard == [error]


def test_a_pass_takes_no_more_than_its_limit():
    slow = Slow()
    found = asked(Together(slow), [[0], *([n] * 30 for n in range(1, 6))])
    assert found == {n: [2.0 * n] * (30 if n else 1) for n in range(6)}
    assert [len(batch) for batch in slow.batches] == [1, 60, 60, 30]


def test_a_text_is_encoded_once_and_each_encoder_has_its_own_vectors():
    texts_encoded = []

    class Counting(FakeTextEncoder):
        def encode_texts(self, texts):
            texts_encoded.extend(texts)
            return super().encode_texts(texts)

    one, other = Counting(), Counting(Space("fake", 32, "other-weights"))
    asking = Asking(remembered=2)
    first = asking.text(one, "a  red cat")
    assert np.array_equal(first, FakeTextEncoder().encode_texts(["a red cat"]))
    assert asking.text(one, "a red\tcat") is first
    asking.text(other, "a red cat")
    assert texts_encoded == ["a red cat", "a red cat"]
    asking.text(one, "a dog")  # the third: what was asked longest ago is forgotten
    asking.text(one, "a red cat")
    assert texts_encoded == ["a red cat", "a red cat", "a dog", "a red cat"]
    with pytest.raises(ValueError, match="read-only"):
        first[0, 0] = 1.0
