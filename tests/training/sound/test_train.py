"""A run from pack to weights in a few steps: it logs, is chosen from, and goes on where it stopped."""

import csv
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from sensorium.models.log_mel import WINDOW
from training import checkpoint
from training.sound.augment import Windows
from training.sound.exam import clip_windows, open_exam
from training.sound.export import trained_tower
from training.sound.head import caption_loss, train_head
from training.sound.train import Lesson, Trainer, learning_rate
from training.sound.yamnet import Heard


class Bands(nn.Module):
    """A teacher that is quick: it hears how loud each band is, and that is all."""

    def __init__(self):
        super().__init__()
        self.spread = nn.Linear(64, 1024)
        self.classifier = nn.Linear(1024, 521)

    def forward(self, patches):
        features = torch.relu(self.spread(patches.mean(dim=1)))
        return Heard(features, torch.sigmoid(self.classifier(features)))


@pytest.fixture
def lesson(pack, plan):
    torch.manual_seed(0)
    return Lesson.of(plan, pack, Bands().requires_grad_(False), torch.device("cpu"))


def logged(out):
    with (out / "log.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_run_learns_reports_and_goes_on(lesson, plan, tmp_path):
    short = replace(plan, minutes=0.01, evaluate_minutes=0.0)
    lesson.plan = short
    Trainer(lesson, tmp_path).run()
    rows = logged(tmp_path)
    steps = int(rows[-1]["step"])
    assert steps >= 1
    assert float(rows[-1]["rate"]) == 0
    assert 0 <= float(rows[-1]["text_r10"]) <= 1
    lesson.plan = replace(short, minutes=float(rows[-1]["seconds"]) / 60 + 0.01)
    Trainer(lesson, tmp_path).run()
    assert int(logged(tmp_path)[-1]["step"]) > steps
    tower = trained_tower(plan, checkpoint.load(tmp_path / "weights-last.pt"))
    assert tower(torch.zeros(1, 96, 64)).vectors.shape == (1, 384)


def test_the_head_learns_the_labels_of_what_it_hears(lesson):
    plan = replace(lesson.plan, head_steps=30, head_rate=1e-2, head_dropout=0.0)
    windows, heard = lesson.listen()
    train_head(lesson.head, lesson.pool, plan, lambda: (windows, heard), lesson.generator)
    texts = lesson.pool.label_texts(lesson.generator)
    loss = caption_loss(lesson.head(heard.features), windows, texts, lesson.pool, (lesson.head.scale(), 0.0))
    assert loss < 0.5 * np.log(len(texts))  # far better than guessing


def test_windows_that_are_not_trusted_teach_no_caption(pool):
    texts = torch.eye(384)[: len(pool.label_rows)]
    windows = Windows(torch.zeros(2, WINDOW), torch.tensor([0, 1]), torch.tensor([1.0, 0.0]))
    right = caption_loss(texts[pool.labels[windows.clips]], windows, texts, pool, (torch.tensor(20.0), 0.0))
    wrong = caption_loss(texts[pool.labels[windows.clips.flip(0)]], windows, texts, pool, (torch.tensor(20.0), 0.0))
    assert right < 0.01
    assert wrong > 1
    nothing = replace(windows, trust=torch.zeros(2))
    assert caption_loss(texts[pool.labels[windows.clips.flip(0)]], nothing, texts, pool, (torch.tensor(20.0), 0.0)) == 0


def test_the_rate_warms_up_stays_and_falls_to_nothing(plan):
    assert learning_rate(plan, 0, 0.0) < plan.learning_rate / 100
    assert learning_rate(plan, plan.warmup_steps, 0.5) == plan.learning_rate
    falling = [learning_rate(plan, 10_000, share) for share in np.linspace(1 - plan.decay_share, 1, 9)]
    assert all(later < earlier for earlier, later in pairwise(falling))
    assert falling[-1] == 0


def test_windows_of_the_exam_cover_a_clip():
    wave = np.arange(1, 2 * WINDOW, dtype=np.int64).astype(np.int16)
    windows = clip_windows(wave)
    assert len(windows) == 3
    assert windows[0].tolist() == wave[:WINDOW].tolist()
    assert windows[-1][-1] == 0  # filled up


def test_the_exam_finds_a_clip_by_its_label_and_its_like(pack):
    exam = open_exam(pack, torch.device("cpu"))
    assert (exam.clips, len(exam.valid), exam.texts.shape) == (6, 3, (3, 384))
    assert exam.relevant.sum() == 3
    by_clip = torch.eye(384)[:3].repeat_interleave(2, dim=0)[exam.clip_of]  # one direction for each label
    calls = iter(by_clip.split(len(by_clip)))
    assert exam.figures(lambda _: next(calls))["sound_r1"] == 1
