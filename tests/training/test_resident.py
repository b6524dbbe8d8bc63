"""Crops made on a device must be the ones that a careful hand would cut, and the same ones at the same step."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from training.batches import Pool
from training.config import load_settings
from training.device import ResidentPictures, ResidentTexts, resident_pictures
from training.pictures import PictureStore
from training.resident import ResidentFeed, random_boxes
from training.textspace import TextSpace

RECIPE = Path(__file__).parents[2] / "training" / "starter.toml"


@pytest.fixture(scope="module")
def store():
    """Two pictures: left half black and right half white; and a ramp from top to bottom."""
    halves = np.zeros((40, 60, 3), np.uint8)
    halves[:, 30:] = 255
    ramp = np.broadcast_to(np.linspace(0, 255, 32).astype(np.uint8)[:, None, None], (32, 32, 3))
    flat = np.concatenate([halves.ravel(), ramp.ravel()])
    return PictureStore(flat, np.array([0, halves.size]), np.array([[40, 60], [32, 32]], dtype=np.int32))


@pytest.fixture(scope="module")
def resident(store):
    return ResidentPictures.open(store, 32, torch.device("cpu"))


def test_the_whole_picture_comes_back(resident):
    whole = resident.cut(torch.tensor([1]), torch.tensor([[0.0, 0.0, 1.0, 1.0]]), 32)
    torch.testing.assert_close(whole, resident.pixels[1:].float() / 255, atol=1e-5, rtol=0)


def test_a_box_shows_its_part(resident):
    right_half = resident.cut(torch.tensor([0]), torch.tensor([[0.6, 0.0, 1.0, 1.0]]), 8)
    assert right_half.min() == 1
    top = resident.cut(torch.tensor([1]), torch.tensor([[0.0, 0.0, 1.0, 0.25]]), 8)
    assert 0 <= top.min() < top.max() < 0.27


def test_left_beyond_right_mirrors(resident):
    box = torch.tensor([[0.0, 0.0, 1.0, 1.0]])
    plain = resident.cut(torch.tensor([0]), box, 32)
    mirrored = resident.cut(torch.tensor([0]), box[:, [2, 1, 0, 3]], 32)
    torch.testing.assert_close(mirrored, plain.flip(3), atol=1e-5, rtol=0)


def test_boxes_keep_to_the_recipe():
    plan = load_settings(RECIPE).teach
    boxes = random_boxes(plan, torch.rand(6, 4000, generator=torch.Generator().manual_seed(1)))
    width, height = (boxes[:, 2] - boxes[:, 0]).abs(), boxes[:, 3] - boxes[:, 1]
    assert boxes.min() >= 0
    assert boxes.max() <= 1 + 1e-6
    assert (width * height).min() > plan.scale[0] - 0.01
    assert (width * height > 0.999).float().mean() == pytest.approx(plan.whole_share, abs=0.03)
    assert (boxes[:, 0] > boxes[:, 2]).float().mean() == pytest.approx(0.5, abs=0.03)


def test_texts_are_drawn_from_the_pictures_own():
    space = TextSpace(np.eye(5, 384, dtype=np.float16), np.array([3, 4, 0]), np.array([0, 2, 3]))
    texts = ResidentTexts.of(space, torch.device("cpu"))
    assert texts.sample(torch.tensor([0.0, 0.99, 0.99]), torch.tensor([0, 0, 1])).tolist() == [3, 4, 0]


@pytest.fixture(scope="module")
def feed(store, tmp_path_factory):
    work = tmp_path_factory.mktemp("work")
    store.flat.tofile(work / "pictures.bin")
    np.savez(work / "pictures-index.npz", offsets=store.offsets, sizes=store.sizes)
    recipe = load_settings(RECIPE)
    graph = work / "teacher.onnx"
    _write_teacher(graph)
    settings = dataclasses.replace(
        recipe,
        paths=dataclasses.replace(recipe.paths, work=work, teachers=work),
        teach=dataclasses.replace(recipe.teach, size=16, teachers=1),
        distil=dataclasses.replace(
            recipe.distil, batch=2, sizes=((0, 8),), resident_side=32, similarity_texts=3, mixed_share=0.5
        ),
    )
    settings.paths.backbone.parent.mkdir()
    graph.rename(settings.paths.backbone)
    pool = Pool(
        settings=settings,
        store=PictureStore.open(work),
        texts=TextSpace(np.eye(4, 384, dtype=np.float16), np.array([0, 1, 2]), np.array([0, 2, 3])),
        pictures=np.array([0, 1]),
        chances=np.array([0.5, 0.5]),
        weights=np.array([3.0, 2.0], dtype=np.float32),
        views=np.array([1, 1]),
        share=slice(None),
    )
    yield ResidentFeed(pool, torch.device("cpu"))
    resident_pictures.cache_clear()


def _write_teacher(path: Path) -> None:
    """A teacher that says how bright each colour is."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weight = numpy_helper.from_array(np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1), "weight")
    bias = numpy_helper.from_array(np.zeros(3, np.float32), "bias")
    sides = {"kernel_shape": [1, 1], "strides": [1, 1], "pads": [0, 0, 0, 0]}
    nodes = [
        helper.make_node("Conv", ["input", "weight", "bias"], ["same"], group=1, **sides),
        helper.make_node("ReduceMean", ["same"], ["output"], axes=[2, 3], keepdims=0),
    ]
    given = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 3, "h", "w"])
    made = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["n", 3])
    onnx.save(helper.make_model(helper.make_graph(nodes, "g", [given], [made], [weight, bias])), str(path))


def test_a_step_draws_the_same_batch_again(feed):
    first, again, other = (next(feed.batches(step, step + 1)) for step in (5, 5, 6))
    torch.testing.assert_close(first.pixels, again.pixels)
    assert not torch.equal(first.pixels, other.pixels)


def test_the_teacher_sees_what_the_student_sees(feed):
    for batch in feed.batches(0, 6):
        assert batch.pixels.shape == (2, 3, 8, 8)
        torch.testing.assert_close(batch.features, batch.pixels.mean(dim=(2, 3)), atol=0.15, rtol=0)


def test_blended_pictures_have_no_caption(feed):
    batch = next(feed.batches(0, 1))
    assert batch.weights[1] == 0
    assert batch.weights[0] in (2.0, 3.0)
