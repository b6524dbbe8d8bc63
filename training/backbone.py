"""The frozen teachers as a torch module: on the student's device they see the very pixels that the student sees."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class Backbone(nn.Module):
    """Runs an ONNX graph of convolutions, clips, sums and one mean, which is all that a MobileNetV2 is made of.

    Reading the graph instead of naming an architecture keeps one truth: the file that ONNX Runtime runs on a CPU.
    """

    def __init__(self, graph: Path) -> None:
        super().__init__()
        import onnx  # only this module needs it
        from onnx import numpy_helper

        model = onnx.load(str(graph)).graph
        constants = {part.name: torch.from_numpy(numpy_helper.to_array(part).copy()) for part in model.initializer}
        self._input, self._output = model.input[0].name, model.output[0].name
        self._steps: list[tuple[str, list[str], str]] = []
        self.layers = nn.ModuleDict()
        for node in model.node:
            self._steps.append((node.op_type, list(node.input), node.output[0]))
            if node.op_type == "Conv":
                self.layers[node.output[0]] = _convolution(node, constants)
            elif node.op_type not in ("Clip", "Add", "Mul", "ReduceMean", "Identity"):
                raise ValueError(f"{graph} holds a {node.op_type} node, which this reader does not know")
        self._last_use = {name: step for step, (_, inputs, _) in enumerate(self._steps) for name in inputs}
        for name, constant in constants.items():
            self.register_buffer(f"constant_{name}", constant, persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """Features [b, 1280] of normalised pixels [b, 3, h, w]."""
        values = {self._input: pixels}
        for step, (operation, inputs, output) in enumerate(self._steps):
            first = values[inputs[0]]
            if operation == "Conv":
                values[output] = self.layers[output](first)
            elif operation == "Clip":
                values[output] = functional.relu6(first)
            elif operation in ("Add", "Mul"):
                second = values[inputs[1]] if inputs[1] in values else self.get_buffer(f"constant_{inputs[1]}")
                values[output] = first + second if operation == "Add" else first * second
            elif operation == "ReduceMean":
                values[output] = first.mean(dim=(2, 3))
            else:
                values[output] = first
            for name in inputs:
                if self._last_use[name] == step:
                    values.pop(name, None)  # activations of a large batch are gigabytes
        return values[self._output]


class Teachers(nn.Module):
    """Several backbones side by side."""

    def __init__(self, graphs: Sequence[Path]) -> None:
        super().__init__()
        self.backbones = nn.ModuleList(Backbone(graph) for graph in graphs)

    def forward(self, pixels: Tensor) -> Tensor:
        """Features [b, 1280 × backbones] of normalised pixels [b, 3, h, w]."""
        return torch.cat([backbone(pixels) for backbone in self.backbones], dim=1)


def _convolution(node: Any, constants: dict[str, Tensor]) -> nn.Module:
    weight, bias = constants.pop(node.input[1]), constants.pop(node.input[2])
    asked = {attribute.name: attribute for attribute in node.attribute}
    groups, stride = int(asked["group"].i), tuple(asked["strides"].ints)
    top, left, bottom, right = asked["pads"].ints
    even = (top, left) == (bottom, right)
    layer = nn.Conv2d(
        weight.shape[1] * groups,
        weight.shape[0],
        kernel_size=(weight.shape[2], weight.shape[3]),
        stride=(stride[0], stride[1]),
        padding=(top, left) if even else 0,
        groups=groups,
    )
    layer.weight.data, layer.bias.data = weight, bias  # type: ignore[union-attr]  # made with a bias
    layer.requires_grad_(False)
    return layer if even else nn.Sequential(nn.ZeroPad2d((left, right, top, bottom)), layer)


def open_teachers(graphs: Sequence[Path], device: torch.device) -> Teachers:
    """The teachers on their device; in half precision on a GPU, where clipped activations lose nothing by it."""
    teachers = Teachers(graphs).eval().to(device)
    teachers = teachers.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks this one
    return teachers.half() if device.type == "cuda" else teachers
