import pytest
import torch

from sensorium.errors import BadSetting
from sensorium.models.device import choose_device, precision_for


def test_cpu_is_always_there_and_works_in_full_precision():
    assert choose_device("cpu") == torch.device("cpu")
    assert precision_for(torch.device("cpu")) is torch.float32


def test_gpus_work_in_half_precision():
    assert precision_for(torch.device("cuda")) is torch.float16
    assert precision_for(torch.device("mps")) is torch.float16


def test_auto_takes_a_gpu_only_where_there_is_one():
    if torch.cuda.is_available():
        expected = "cuda"
    elif torch.backends.mps.is_available():
        expected = "mps"
    else:
        expected = "cpu"
    assert choose_device("auto").type == expected


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has the device that should be missing")
def test_a_device_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(BadSetting, match=r"'cuda'.*not|no such device.*cpu"):
        choose_device("cuda")


def test_an_unknown_device_is_refused_with_the_known_ones():
    with pytest.raises(BadSetting, match=r"'tpu'.*auto, cuda, mps, cpu"):
        choose_device("tpu")
