"""The teacher in PyTorch: YAMNet's network, whose weights were taken out of its quantised TFLite file.

Source: Plakal and Ellis, YAMNet, github.com/tensorflow/models, research/audioset/yamnet (Apache-2.0), a MobileNetV1
(Howard et al., 2017) over patches of 96 frames and 64 mel bands. The file holds int8 weights with a scale per channel,
batch norms folded in; here everything between them is computed in floating point.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

# (channels out, stride) of the thirteen separable layers after the first convolution
LAYERS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1),
    (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
STEM = 32
WIDTH = 1024
CLASSES = 521


@dataclass(frozen=True, slots=True)
class Heard:
    """What the teacher says of a batch."""

    features: Tensor  # [b, 1024]
    scores: Tensor  # [b, 521], in [0, 1], independent of each other


class SameConv(nn.Conv2d):
    """A 3x3 convolution padded as TensorFlow's SAME: on even sides a stride of two pads only the far ends."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  the name that nn.Conv2d gives it
        padding = (1, 1, 1, 1) if self.stride == (1, 1) else (0, 1, 0, 1)
        return super().forward(functional.pad(input, padding))


class Yamnet(nn.Module):
    """Log-mel patches [b, 96, 64] to features and class scores."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [SameConv(1, STEM, 3, stride=2)]
        width = STEM
        for channels, stride in LAYERS:
            layers += [SameConv(width, width, 3, stride=stride, groups=width), nn.Conv2d(width, channels, 1)]
            width = channels
        self.layers = nn.ModuleList(layers)
        self.classifier = nn.Linear(WIDTH, CLASSES)

    def forward(self, patches: Tensor) -> Heard:
        """The network's output for patches [b, 96, 64]."""
        maps = patches[:, None].contiguous(memory_format=torch.channels_last)
        for layer in self.layers:
            maps = functional.relu6(layer(maps))
        features = maps.mean(dim=(2, 3))
        return Heard(features.float(), torch.sigmoid(self.classifier(features)).float())


def load_yamnet(path: Path) -> Yamnet:
    """The frozen teacher from the file that `save_yamnet` wrote."""
    network = Yamnet()
    with np.load(path) as stored:
        for number, layer in enumerate([*network.layers, network.classifier]):
            weight = stored[f"weight{number}"].astype(np.float32)
            scales = stored[f"scale{number}"].reshape(-1, *[1] * (weight.ndim - 1))
            _fill(cast("nn.Conv2d | nn.Linear", layer), weight * scales, stored[f"bias{number}"])
    return network.eval().requires_grad_(False)


def _fill(layer: nn.Conv2d | nn.Linear, weight: np.ndarray, bias: np.ndarray) -> None:
    if layer.bias is None or layer.weight.shape != weight.shape:
        raise ValueError(f"weights of shape {weight.shape} do not fit a layer of {tuple(layer.weight.shape)}")
    layer.weight.data.copy_(torch.from_numpy(weight))
    layer.bias.data.copy_(torch.from_numpy(bias))


def save_yamnet(tflite: Path, path: Path) -> None:
    """Take the int8 weights, their scales and the biases out of the TFLite file and write them as one .npz."""
    from ai_edge_litert.interpreter import Interpreter  # only this step needs it

    interpreter = Interpreter(str(tflite))
    interpreter.allocate_tensors()
    details = {detail["index"]: detail for detail in interpreter.get_tensor_details()}
    kinds = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
    stored: dict[str, np.ndarray] = {}
    number = 0
    for operation in interpreter._get_ops_details():  # the library has no public list of a graph's operations
        if operation["op_name"] not in kinds or details[operation["inputs"][1]]["dtype"] is not np.int8:
            continue
        weight, bias = (int(index) for index in operation["inputs"][1:3])
        kernel = interpreter.get_tensor(weight)
        stored[f"weight{number}"] = _channels_first(kernel, depthwise=operation["op_name"] == kinds[1])
        stored[f"scale{number}"] = details[weight]["quantization_parameters"]["scales"]
        scales = details[bias]["quantization_parameters"]["scales"]
        stored[f"bias{number}"] = (interpreter.get_tensor(bias) * scales).astype(np.float32)
        number += 1
    np.savez_compressed(path, allow_pickle=False, **stored)


def _channels_first(kernel: np.ndarray, *, depthwise: bool) -> np.ndarray:
    """TensorFlow's [out, h, w, in], or [1, h, w, channels] of a depthwise kernel, as PyTorch's [out, in, h, w]."""
    if kernel.ndim == 2:
        return kernel
    return kernel.transpose(3, 0, 1, 2) if depthwise else kernel.transpose(0, 3, 1, 2)
