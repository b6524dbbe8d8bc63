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

from training.config import BACKBONE_WIDTH, Settings
from training.device import ResidentTexts, best_device
from training.losses import batch_weights, contrastive, equal_rows
from training.measures import CLOTHING, captions_trial, class_trial, trial_recalls, zero_shot_hits
from training.pairs import Pair, read_pairs
from training.pictures import write_json
from training.teach import finished_views, view_path
from training.textspace import TextSpace

log = logging.getLogger(__name__)
TEXT_WIDTH = 384
MAX_SCALE = 60.0  # a sharper softmax than this memorises the captions


class TeacherHead(nn.Module):
    """Standardises the teachers' features, then maps them to unit text-space rows."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, hidden: int, dropout: float, width: int = BACKBONE_WIDTH) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))
        self.layers = projection(hidden, dropout, width)
        self.log_scale = nn.Parameter(torch.tensor(math.log(20.0)))

    def standardise(self, features: Tensor) -> Tensor:
        """Zero mean and unit deviation over the training pictures, [b, width]."""
        return (features - self.mean) / self.deviation

    def scale(self) -> Tensor:
        """The learnt inverse temperature."""
        return self.log_scale.exp().clamp(max=MAX_SCALE)

    def forward(self, features: Tensor) -> Tensor:
        """Unit rows [b, 384] of raw teacher features [b, width]."""
        return functional.normalize(self.layers(self.standardise(features)), dim=1)


def projection(hidden: int, dropout: float, width: int) -> nn.Sequential:
    """The two layers; the student starts from the same ones."""
    return nn.Sequential(
        nn.Dropout(dropout / 2),
        nn.Linear(width, hidden),
        nn.GELU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, TEXT_WIDTH),
    )


@dataclass(frozen=True, slots=True)
class HeadPool:
    """What the head is trained on, on the device that trains it."""

    views: Tensor  # float16 [views, pictures, width]
    pictures: Tensor  # training numbers
    chances: Tensor  # their share of the draws
    weights: Tensor  # [all pictures]
    space: TextSpace
    texts: ResidentTexts


def head_path(work: Path) -> Path:
    """Where the trained head lies."""
    return work / "head.pt"


def open_head(settings: Settings) -> TeacherHead:
    """The trained head, frozen and without dropout."""
    plan = settings.head
    head = TeacherHead(plan.hidden * plan.members, plan.dropout, settings.width)
    head.load_state_dict(torch.load(head_path(settings.paths.work), weights_only=True))
    return head.eval().requires_grad_(False)


def train_head(settings: Settings) -> None:
    """Train on the views that exist and write head.pt and head.json, unless they are there."""
    if head_path(settings.paths.work).exists():
        return
    pairs = read_pairs(settings.paths.pools)
    pool = _open_pool(settings, pairs)
    head = joined([_member(pool, settings, number) for number in range(settings.head.members)])
    torch.save(head.state_dict(), head_path(settings.paths.work))
    figures = head_figures(head.eval(), pool, pairs)
    write_json(settings.paths.work / "head.json", {"views": len(pool.views), **figures})
    log.info("head: %s, scale %.1f", figures, head.scale().item())


def _member(pool: HeadPool, settings: Settings, number: int) -> TeacherHead:
    """One head, alone, with its own random start and draws."""
    torch.manual_seed(settings.seed + number)
    head = TeacherHead(settings.head.hidden, settings.head.dropout, settings.width).to(pool.views.device)
    sample = pool.views[:, pool.pictures].float()
    head.mean.copy_(sample.mean(dim=(0, 1)))
    head.deviation.copy_(sample.std(dim=(0, 1)) + 1e-3)
    _fit(head, pool, settings)
    return head.cpu()


def joined(members: list[TeacherHead]) -> TeacherHead:
    """The mean of the members' outputs, as one head with all their hidden units: errors not shared cancel."""
    first = members[0]
    hidden, width = first.layers[1].weight.shape
    whole = TeacherHead(hidden * len(members), first.layers[3].p, width)
    inner, outer = whole.layers[1], whole.layers[4]
    with torch.no_grad():
        whole.mean.copy_(first.mean)
        whole.deviation.copy_(first.deviation)
        whole.log_scale.copy_(torch.stack([member.log_scale for member in members]).mean())
        inner.weight.copy_(torch.cat([member.layers[1].weight for member in members]))
        inner.bias.copy_(torch.cat([member.layers[1].bias for member in members]))
        outer.weight.copy_(torch.cat([member.layers[4].weight for member in members], dim=1) / len(members))
        outer.bias.copy_(torch.stack([member.layers[4].bias for member in members]).mean(dim=0))
    return whole


def first_member(head: TeacherHead, hidden: int) -> nn.Sequential:
    """The first of the joined heads' layers, what a student starts from."""
    units, width = head.layers[1].weight.shape
    layers, count = projection(hidden, 0.0, width), units // hidden
    with torch.no_grad():
        layers[1].weight.copy_(head.layers[1].weight[:hidden])
        layers[1].bias.copy_(head.layers[1].bias[:hidden])
        layers[4].weight.copy_(head.layers[4].weight[:, :hidden] * count)
        layers[4].bias.copy_(head.layers[4].bias)
    return layers


def head_figures(head: TeacherHead, pool: HeadPool, pairs: list[Pair]) -> dict[str, list[float]]:
    """R@1/5/10 on the validation pictures, whole-picture view."""
    figures = {}
    with torch.inference_mode():
        vectors = head(pool.views[0].cpu().float()).numpy()
    for name, first in (("flickr8k_224", False), ("myntra_fashion_224", True)):
        trial = captions_trial(pairs, name, first_text_only=first)
        texts = pool.space.look_up(pairs, trial.texts)
        figures[name] = [round(value, 3) for value in trial_recalls(trial, vectors[trial.pictures], texts)]
    classes = class_trial(pairs, CLOTHING)
    hits = zero_shot_hits(vectors[classes.pictures], pool.space.look_up(pairs, classes.classes), classes.truth)
    return {**figures, "clothing": [round(float(hits.mean()), 3)]}


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
    device = best_device()
    pictures = np.array([number for number, pair in enumerate(pairs) if pair.split == "train"])
    weights = np.array([settings.sets[pair.set].weight for pair in pairs], dtype=np.float32)
    space = TextSpace.open(work)
    return HeadPool(
        views=torch.stack([torch.from_numpy(np.load(view_path(work, view))).to(device) for view in found]),
        pictures=torch.from_numpy(pictures).to(device),
        chances=torch.from_numpy(draw_chances(settings, pairs, pictures)).float().to(device),
        weights=torch.from_numpy(weights).to(device),
        space=space,
        texts=ResidentTexts.of(space, device),
    )


def _fit(head: TeacherHead, pool: HeadPool, settings: Settings) -> None:
    plan = settings.head
    optimizer = torch.optim.AdamW(head.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, plan.steps)
    for step in range(plan.steps):
        pictures = pool.pictures[torch.multinomial(pool.chances, plan.batch)]
        view = pool.views[int(torch.randint(len(pool.views), ()))]
        rows = pool.texts.sample(torch.rand(plan.batch, device=pictures.device), pictures)
        vectors = head(view[pictures].float())
        weights = batch_weights(pool.weights[pictures])
        loss = contrastive(vectors, pool.texts.vectors[rows].float(), equal_rows(rows), head.scale(), weights)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        if step % 250 == 0:
            log.info("head step %d: loss %.3f", step, loss.item())
