"""The second teacher: a quantised TFLite MobileNetV2 as a float ONNX graph, so that one reader serves both teachers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.pictures import MEAN, STD

CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
RELU6_ZERO_POINT = -128  # an int8 activation that starts at zero has been clipped; in MobileNetV2 always at 6


def convert(source: Path, target: Path) -> None:
    """Write `source`, up to its pooled features [n, 1280], to `target`, with the other teacher's normalised input.

    Weights are dequantised (real = scale × (stored - zero point), per channel; Jacob et al., 2018) and activations
    left unrounded: the float network that the integers stand for.
    """
    import onnx
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(source))
    interpreter.allocate_tensors()
    graph = _Graph(interpreter)
    graph.start()
    for operation in interpreter._get_ops_details():
        if not graph.take(operation):
            break
    model = onnx.helper.make_model(graph.finish(), opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


class _Graph:
    """Collects nodes and constants; tensors keep their TFLite numbers as names."""

    def __init__(self, interpreter: Any) -> None:
        self._interpreter = interpreter
        self._tensors = {tensor["index"]: tensor for tensor in interpreter.get_tensor_details()}
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._features = ""

    def start(self) -> None:
        """From ImageNet's mean and deviation to [-1, 1]."""
        scale, shift = (2 * STD).reshape(1, 3, 1, 1), (2 * MEAN - 1).reshape(1, 3, 1, 1)
        self._node("Mul", ["input", self._constant("scale", scale)], "scaled")
        self._node("Add", ["scaled", self._constant("shift", shift)], "pixels")
        self._constant("zero", np.array(0, np.float32))
        self._constant("six", np.array(6, np.float32))

    def take(self, operation: dict[str, Any]) -> bool:
        """Add one operation; false once the features are reached."""
        kind, inputs, output = operation["op_name"], list(operation["inputs"]), int(operation["outputs"][0])
        if kind == "QUANTIZE":
            self._node("Identity", ["pixels"], f"t{output}")
        elif kind in CONVOLUTIONS:
            self._convolution(inputs, output, depthwise=kind != "CONV_2D")
        elif kind == "ADD":
            self._node("Add", [f"t{inputs[0]}", f"t{inputs[1]}"], f"t{output}")
        elif kind == "MEAN":
            self._node("ReduceMean", [f"t{inputs[0]}"], "output", axes=[2, 3], keepdims=0)
            return False
        else:
            raise ValueError(f"a {kind} operation before the pooled features is not a MobileNetV2's")
        return True

    def finish(self) -> Any:
        """The graph from "input" [n, 3, h, w] to "output" [n, 1280]."""
        from onnx import TensorProto, helper

        given = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 3, "h", "w"])
        made = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["n", 1280])
        return helper.make_graph(self._nodes, "features", [given], [made], self._constants)

    def _convolution(self, inputs: list[int], output: int, *, depthwise: bool) -> None:
        stored = self._real(inputs[1])  # [out, h, w, in], depthwise [1, h, w, out]
        weight = stored.transpose(3, 0, 1, 2) if depthwise else stored.transpose(0, 3, 1, 2)
        before, after = (int(self._tensors[number]["shape"][1]) for number in (inputs[0], output))
        stride, kernel = before // after, weight.shape[2]
        total = max(kernel - stride, 0)  # TensorFlow's SAME: the odd row of padding goes to the end
        pads = [total // 2, total // 2, total - total // 2, total - total // 2]
        kernel_name, bias_name = f"w{output}", f"b{output}"
        self._constant(kernel_name, weight)
        self._constant(bias_name, self._real(inputs[2]))
        clipped = self._tensors[output]["quantization"][1] == RELU6_ZERO_POINT
        result = f"linear{output}" if clipped else f"t{output}"
        group = weight.shape[0] if depthwise else 1
        sides = {"pads": pads, "strides": [stride, stride], "kernel_shape": [kernel, kernel]}
        self._node("Conv", [f"t{inputs[0]}", kernel_name, bias_name], result, group=group, **sides)
        if clipped:
            self._node("Clip", [result, "zero", "six"], f"t{output}")

    def _real(self, number: int) -> NDArray[np.float32]:
        """A constant's dequantised values."""
        values = self._interpreter.get_tensor(number).astype(np.float32)
        quantised = self._tensors[number]["quantization_parameters"]
        shape = [1] * values.ndim
        if len(quantised["scales"]) > 1:
            shape[quantised["quantized_dimension"]] = -1
        scales, zeros = (quantised[name].astype(np.float32).reshape(shape) for name in ("scales", "zero_points"))
        return np.asarray((values - zeros) * scales)

    def _constant(self, name: str, values: NDArray[np.float32]) -> str:
        from onnx import numpy_helper

        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype=np.float32), name))
        return name

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: object) -> None:
        from onnx import helper

        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
