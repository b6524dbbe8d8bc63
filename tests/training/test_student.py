"""Export must not change what the student says, and the schedule must end at nothing."""

from pathlib import Path

import pytest
import torch

from sensorium.models.picture_tower import PictureTowerConfig
from training.average import Average
from training.config import DistilPlan, HeadPlan, load_settings
from training.head import TeacherHead
from training.schedule import decay_rate, stable_rate
from training.student import Student, parameter_groups

RECIPE = Path(__file__).parents[2] / "training" / "starter-cpu.toml"
HEAD = HeadPlan(steps=1, batch=2, learning_rate=0.1, weight_decay=0.0, dropout=0.4, hidden=16, min_views=1, members=1)


@pytest.fixture(scope="module")
def plan() -> DistilPlan:
    return load_settings(RECIPE).distil


@pytest.fixture(scope="module")
def student(plan):
    torch.manual_seed(0)
    return Student(plan, HEAD)


def test_folding_keeps_the_vectors(student, plan):
    config = PictureTowerConfig(
        architecture=plan.architecture,
        input_px=32,
        mean=(0, 0, 0),
        std=(1, 1, 1),
        hidden=16,
        output_size=384,
        text_model="",
        text_model_sha256="",
    )
    student.eval()
    pixels = torch.randn(2, 3, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(student.folded(config)(pixels), student(pixels).vectors, atol=1e-5, rtol=1e-4)


def test_the_student_starts_from_the_teachers_head(student):
    head = TeacherHead(16, 0.4).eval()
    student.start_from(head)
    student.eval()
    features = torch.randn(2, 1280)
    found = torch.nn.functional.normalize(student.head(features), dim=1)
    torch.testing.assert_close(found, head(features))  # a fresh head standardises with mean 0 and deviation 1


def test_every_parameter_is_in_one_group(student, plan):
    grouped = [id(p) for group in parameter_groups(student, plan) for p in group["params"]]
    assert sorted(grouped) == sorted(id(p) for p in student.parameters())


def test_the_average_moves_by_the_share_that_is_due(student):
    average = Average(student, decay=0.9)
    before = average.student.bridge.bias.clone()
    with torch.no_grad():
        student.bridge.bias += 1
    average.follow(student, step=10**6)
    torch.testing.assert_close(average.student.bridge.bias, before + 0.1)


def test_the_rate_warms_up_stays_and_falls_to_zero(plan):
    assert stable_rate(plan, 0) == pytest.approx(plan.learning_rate / plan.warmup_steps)
    assert stable_rate(plan, 10**5) == plan.learning_rate
    assert decay_rate(plan, 0) == plan.learning_rate
    assert decay_rate(plan, 0.25) == pytest.approx(plan.learning_rate / 2)
    assert decay_rate(plan, 1.1) == 0


def test_an_unknown_key_is_named(tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.read_text().replace("ema =", "emma ="))
    with pytest.raises(ValueError, match="emma"):
        load_settings(recipe)
