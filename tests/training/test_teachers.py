"""The teachers in torch say what ONNX Runtime and TFLite say, and averaged heads say the average."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from training.backbone import Backbone, Teachers
from training.batches import normalised
from training.config import load_settings
from training.head import TeacherHead, first_member, joined
from training.tflite_graph import convert

PATHS = load_settings(Path(__file__).parents[2] / "training" / "starter.toml").paths


def _graph(path: Path) -> Path:
    """A little of everything: odd padding, a clip, a sum with a constant and one with an activation, a mean."""
    onnx = pytest.importorskip("onnx")
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    rng = np.random.default_rng(0)
    shapes = {"w1": (8, 3, 3, 3), "b1": (8,), "w2": (8, 1, 3, 3), "b2": (8,), "shift": (1, 3, 1, 1)}
    constants = [numpy_helper.from_array(rng.normal(size=shape).astype(np.float32), n) for n, shape in shapes.items()]
    constants += [numpy_helper.from_array(np.array(value, np.float32), n) for n, value in (("zero", 0), ("six", 6))]
    sides = {"kernel_shape": [3, 3]}
    nodes = [
        helper.make_node("Add", ["input", "shift"], ["shifted"]),
        helper.make_node("Conv", ["shifted", "w1", "b1"], ["a"], group=1, strides=[2, 2], pads=[0, 0, 1, 1], **sides),
        helper.make_node("Clip", ["a", "zero", "six"], ["b"]),
        helper.make_node("Conv", ["b", "w2", "b2"], ["c"], group=8, strides=[1, 1], pads=[1, 1, 1, 1], **sides),
        helper.make_node("Add", ["b", "c"], ["d"]),
        helper.make_node("ReduceMean", ["d"], ["output"], axes=[2, 3], keepdims=0),
    ]
    given = helper.make_tensor_value_info("input", 1, ["n", 3, "h", "w"])
    made = helper.make_tensor_value_info("output", 1, ["n", 8])
    graph = helper.make_graph(nodes, "g", [given], [made], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(path))
    return path


def _runtime(path: Path, pixels: torch.Tensor) -> torch.Tensor:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(None, {"input": pixels.numpy()})[0])


def test_a_graph_says_the_same_in_torch(tmp_path):
    path, pixels = _graph(tmp_path / "g.onnx"), torch.randn(2, 3, 16, 16)
    with torch.inference_mode():
        torch.testing.assert_close(Backbone(path)(pixels), _runtime(path, pixels), atol=1e-4, rtol=1e-4)
        assert Teachers([path, path])(pixels).shape == (2, 16)


def test_a_node_it_does_not_know_is_named(tmp_path):
    onnx = pytest.importorskip("onnx")
    path = _graph(tmp_path / "g.onnx")
    model = onnx.load(str(path))
    model.graph.node[2].op_type = "Relu"
    onnx.save(model, str(path))
    with pytest.raises(ValueError, match="Relu"):
        Backbone(path)


@pytest.mark.skipif(not PATHS.quantised.exists(), reason="the quantised teacher is not on this machine")
def test_the_quantised_teacher_keeps_its_features(tmp_path):
    interpreter_module = pytest.importorskip("ai_edge_litert.interpreter")
    convert(PATHS.quantised, tmp_path / "float.onnx")
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (7, 7, 3)).astype(np.uint8)
    picture = np.asarray(Image.fromarray(coarse).resize((224, 224), Image.Resampling.BICUBIC))
    interpreter = interpreter_module.Interpreter(str(PATHS.quantised), experimental_preserve_all_tensors=True)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture[None])
    interpreter.invoke()
    mean = next(op for op in interpreter._get_ops_details() if op["op_name"] == "MEAN")
    wanted = interpreter.get_tensor(int(mean["outputs"][0])).astype(np.float32).reshape(-1)
    pixels = normalised(torch.from_numpy(picture.copy())[None]).contiguous()
    found = _runtime(tmp_path / "float.onnx", pixels).numpy()[0]
    assert np.corrcoef(found, wanted)[0, 1] > 0.97  # the rest is the rounding of its integers


@pytest.fixture
def members():
    torch.manual_seed(0)
    return [TeacherHead(8, 0.4, 12).eval() for _ in range(3)]


def test_joined_heads_say_the_mean(members):
    features = torch.randn(5, 12)
    with torch.no_grad():
        mean = torch.stack([member.layers(features) for member in members]).mean(dim=0)
        torch.testing.assert_close(joined(members).eval().layers(features), mean)


def test_a_student_may_start_from_the_first_of_them(members):
    members = [members[0]]
    with torch.no_grad():
        members[0].layers[4].bias.zero_()
        features = torch.randn(5, 12)
        torch.testing.assert_close(first_member(joined(members), 8).eval()(features), members[0].layers(features))
