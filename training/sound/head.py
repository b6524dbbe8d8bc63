"""The teacher's head: two layers from YAMNet's features into the locked text space, taught by the labels."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.sound.augment import Windows
from training.sound.plan import SoundPlan
from training.sound.pool import Pool
from training.sound.yamnet import WIDTH, Heard

log = logging.getLogger(__name__)
TEXT_WIDTH = 384
MAX_SCALE = 60.0  # a sharper softmax than this memorises the labels
KIN_SCALE = 12.0  # how sharply texts like a label share its target
CLASS_SCALE = 30.0
MEASURED_BATCHES = 20


class SoundHead(nn.Module):
    """Standardises the teacher's features, then maps them to unit text-space rows."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, hidden: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(WIDTH))
        self.register_buffer("deviation", torch.ones(WIDTH))
        self.layers = nn.Sequential(
            nn.Dropout(dropout / 2),
            nn.Linear(WIDTH, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, TEXT_WIDTH),
        )
        self.log_scale = nn.Parameter(torch.tensor(math.log(20.0)))

    def standardise(self, features: Tensor) -> Tensor:
        """Zero mean and unit deviation over the windows that training draws, [b, 1024]."""
        return (features - self.mean) / self.deviation

    def scale(self) -> Tensor:
        """The learnt inverse temperature."""
        return self.log_scale.exp().clamp(max=MAX_SCALE)

    def forward(self, features: Tensor) -> Tensor:
        """Unit rows [b, 384] of raw teacher features [b, 1024]."""
        return functional.normalize(self.layers(self.standardise(features)), dim=1)


def caption_loss(vectors: Tensor, windows: Windows, texts: Tensor, pool: Pool, scaled: tuple[Tensor, float]) -> Tensor:
    """Cross-entropy of each trusted window over all labels' texts [labels, 384]; `scaled` is (scale, kinship).

    A share of the target goes to labels whose texts mean nearly the same: 1,343 labels are full of such.
    """
    scale, kinship = scaled
    labels = pool.labels[windows.clips]
    kin = functional.softmax(KIN_SCALE * texts @ texts.T, dim=1)[labels]
    target = (1 - kinship) * functional.one_hot(labels, len(texts)) + kinship * kin
    per_row = functional.cross_entropy(scale * vectors @ texts.T, target, reduction="none")
    return (per_row * windows.trust).sum() / windows.trust.sum().clamp_min(1.0)


def class_loss(vectors: Tensor, scores: Tensor, class_texts: Tensor) -> Tensor:
    """Cross-entropy over the names of the teacher's classes, in proportion to their scores: words for any window."""
    target = scores / scores.sum(dim=1, keepdim=True).clamp_min(1e-6)
    return functional.cross_entropy(CLASS_SCALE * vectors @ class_texts.T, target)


Listen = Callable[[], tuple[Windows, Heard]]


def measure(head: SoundHead, listen: Listen) -> None:
    """Set the head's mean and deviation from a few batches."""
    features = torch.cat([listen()[1].features for _ in range(MEASURED_BATCHES)])
    head.mean.copy_(features.mean(dim=0))
    head.deviation.copy_(features.std(dim=0) + 0.02)


def train_head(head: SoundHead, pool: Pool, plan: SoundPlan, listen: Listen, generator: torch.Generator) -> None:
    """Fit the head on the windows that `listen` draws, at a rate that falls along a cosine."""
    measure(head, listen)
    optimizer = torch.optim.AdamW(head.parameters(), lr=plan.head_rate, weight_decay=plan.head_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, plan.head_steps)
    head.train()
    for step in range(plan.head_steps):
        windows, heard = listen()
        vectors = head(heard.features)
        captions = caption_loss(vectors, windows, pool.label_texts(generator), pool, (head.scale(), plan.kinship))
        loss = captions + plan.class_weight * class_loss(vectors, heard.scores, pool.class_texts)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        if step % 200 == 0:
            log.info("head step %d of %d: caption loss %.3f", step, plan.head_steps, captions.item())
    head.eval().requires_grad_(False)
