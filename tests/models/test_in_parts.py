"""A batch in parts is the batch: in its order, with the whole machine, and without a trace in torch's own settings."""

import threading

import pytest
import torch

from sensorium.models.in_parts import LARGEST, SMALLEST, InParts, one_core_threads


@pytest.mark.parametrize("count", [1, 2 * SMALLEST - 1, 2 * SMALLEST, LARGEST + 1, 5 * LARGEST + 3])
def test_every_row_comes_back_in_its_place(count):
    batch = torch.arange(count * 3, dtype=torch.float32).reshape(count, 3)
    torch.testing.assert_close(InParts(torch.device("cpu"))(lambda part: part * 2, batch), batch * 2)


def test_parts_are_small_and_each_has_one_core():
    told = []
    before = torch.get_num_threads()

    def forward(part):
        told.append((len(part), torch.get_num_threads(), torch.is_inference_mode_enabled()))
        return part

    InParts(torch.device("cpu"))(forward, torch.zeros(3 * LARGEST, 2))
    assert {(threads, inference) for _, threads, inference in told} == {(1, True)}
    assert max(count for count, _, _ in told) <= LARGEST
    assert sum(count for count, _, _ in told) == 3 * LARGEST
    assert torch.get_num_threads() == before
    later = []
    thread = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert later == [before]  # nor do threads to come work with less


def test_a_few_are_run_where_they_are():
    names = []

    def forward(part):
        names.append((threading.current_thread().name, len(part)))
        return part

    InParts(torch.device("cpu"))(forward, torch.zeros(2 * SMALLEST - 1, 2))
    assert names == [(threading.current_thread().name, 2 * SMALLEST - 1)]


def test_another_device_gets_the_batch_whole():
    sizes = []
    InParts(torch.device("meta"))(lambda part: sizes.append(len(part)) or part, torch.zeros(100, 2))
    assert sizes == [100]


def test_an_error_in_a_part_is_raised():
    def forward(part):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        InParts(torch.device("cpu"))(forward, torch.zeros(40, 2))


def test_a_thread_with_one_core_takes_it_from_no_other():
    before = torch.get_num_threads()
    (alone,) = one_core_threads(1, "one").map(lambda _: torch.get_num_threads(), [0])
    later: list[int] = []
    thread = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert (alone, later, torch.get_num_threads()) == (1, [before], before)


def test_each_value_is_one_cores_and_comes_back_in_its_place():
    before = torch.get_num_threads()
    found = list(InParts(torch.device("cpu")).each(lambda value: (value, torch.get_num_threads()), range(20)))
    assert found == [(value, 1) for value in range(20)]
    here = threading.current_thread()
    assert list(InParts(torch.device("meta")).each(lambda _: threading.current_thread(), [1])) == [here]
    assert torch.get_num_threads() == before
