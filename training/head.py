"""Step 3: the teacher's head, a two-layer perceptron from its features into the locked text space."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.config import HeadPlan, Settings
from training.losses import batch_weights, contrastive, equal_rows
from training.measures import captions_trial, trial_recalls
from training.pairs import Pair, read_pairs
from training.pictures import write_json
from training.teach import TEACHER_WIDTH, finished_views, view_path
from training.textspace import TextSpace

log = logging.getLogger(__name__)
TEXT_WIDTH = 384
MAX_SCALE = 60.0  # a sharper softmax than this memorises the captions


class TeacherHead(nn.Module):
    """Standardises the teacher's features, then maps them to unit text-space rows."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, hidden: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(TEACHER_WIDTH))
        self.register_buffer("deviation", torch.ones(TEACHER_WIDTH))
        self.layers = projection(hidden, dropout)
        self.log_scale = nn.Parameter(torch.tensor(math.log(20.0)))

    def standardise(self, features: Tensor) -> Tensor:
        """Zero mean and unit deviation over the training pictures, [b, 1280]."""
        return (features - self.mean) / self.deviation

    def scale(self) -> Tensor:
        """The learnt inverse temperature."""
        return self.log_scale.exp().clamp(max=MAX_SCALE)

    def forward(self, features: Tensor) -> Tensor:
        """Unit rows [b, 384] of raw teacher features [b, 1280]."""
        return functional.normalize(self.layers(self.standardise(features)), dim=1)


def projection(hidden: int, dropout: float) -> nn.Sequential:
    """The two layers; the student starts from the same ones."""
    return nn.Sequential(
        nn.Dropout(dropout / 2),
        nn.Linear(TEACHER_WIDTH, hidden),
        nn.GELU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, TEXT_WIDTH),
    )


@dataclass(frozen=True, slots=True)
class HeadPool:
    """What the head is trained on."""

    views: list[NDArray[np.float16]]  # each [pictures, 1280]
    pictures: NDArray[np.int64]  # training numbers
    chances: NDArray[np.float64]  # their share of the draws
    weights: NDArray[np.float32]  # [all pictures]
    texts: TextSpace


def head_path(work: Path) -> Path:
    """Where the trained head lies."""
    return work / "head.pt"


def open_head(work: Path, plan: HeadPlan) -> TeacherHead:
    """The trained head, frozen and without dropout."""
    head = TeacherHead(plan.hidden, plan.dropout)
    head.load_state_dict(torch.load(head_path(work), weights_only=True))
    return head.eval().requires_grad_(False)


def train_head(settings: Settings) -> None:
    """Train on the views that exist and write head.pt and head.json, unless they are there."""
    if head_path(settings.paths.work).exists():
        return
    torch.manual_seed(settings.seed)
    pairs = read_pairs(settings.paths.pools)
    pool = _open_pool(settings, pairs)
    head = TeacherHead(settings.head.hidden, settings.head.dropout)
    sample = np.concatenate([view[pool.pictures] for view in pool.views]).astype(np.float32)
    head.mean.copy_(torch.from_numpy(sample.mean(axis=0)))
    head.deviation.copy_(torch.from_numpy(sample.std(axis=0) + 1e-3))
    _fit(head, pool, settings)
    torch.save(head.state_dict(), head_path(settings.paths.work))
    figures = head_figures(head.eval(), pool, pairs)
    write_json(settings.paths.work / "head.json", {"views": len(pool.views), **figures})
    log.info("head: %s, scale %.1f", figures, head.scale().item())


def head_figures(head: TeacherHead, pool: HeadPool, pairs: list[Pair]) -> dict[str, list[float]]:
    """R@1/5/10 on the validation pictures, whole-picture view."""
    figures = {}
    for name, first in (("flickr8k_224", False), ("myntra_fashion_224", True)):
        trial = captions_trial(pairs, name, first_text_only=first)
        texts = pool.texts.look_up(pairs, trial.texts)
        with torch.inference_mode():
            vectors = head(torch.from_numpy(pool.views[0][trial.pictures].astype(np.float32))).numpy()
        figures[name] = [round(value, 3) for value in trial_recalls(trial, vectors, texts)]
    return figures


def draw_chances(settings: Settings, pairs: list[Pair], pictures: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each training picture's share of the draws, by its set."""
    draws = np.array([settings.sets[pairs[number].set].draws for number in pictures], dtype=np.float64)
    return np.asarray(draws / draws.sum())


def _open_pool(settings: Settings, pairs: list[Pair]) -> HeadPool:
    work = settings.paths.work
    # The head draws any picture in any view, so it keeps to the views that all of them have.
    found = finished_views(work, min(plan.views for plan in settings.sets.values()))
    if len(found) < settings.head.min_views:
        raise ValueError(f"{work} holds {len(found)} views of {settings.head.min_views}: run the teach step first")
    pictures = np.array([number for number, pair in enumerate(pairs) if pair.split == "train"])
    weights = np.array([settings.sets[pair.set].weight for pair in pairs], dtype=np.float32)
    views = [np.load(view_path(work, view)) for view in found]
    return HeadPool(views, pictures, draw_chances(settings, pairs, pictures), weights, TextSpace.open(work))


def _fit(head: TeacherHead, pool: HeadPool, settings: Settings) -> None:
    plan = settings.head
    rng = np.random.default_rng(settings.seed)
    optimizer = torch.optim.AdamW(head.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, plan.steps)
    for step in range(plan.steps):
        pictures = rng.choice(pool.pictures, plan.batch, replace=False, p=pool.chances)
        view = pool.views[rng.integers(len(pool.views))]
        rows = pool.texts.sample(rng, pictures)
        texts = torch.from_numpy(pool.texts.vectors[rows].astype(np.float32))
        vectors = head(torch.from_numpy(view[pictures].astype(np.float32)))
        weights = batch_weights(torch.from_numpy(pool.weights[pictures]))
        loss = contrastive(vectors, texts, equal_rows(torch.from_numpy(rows)), head.scale(), weights)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        if step % 250 == 0:
            log.info("head step %d: loss %.3f", step, loss.item())
