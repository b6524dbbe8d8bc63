"""The losses of head and student."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def contrastive(pictures: Tensor, texts: Tensor, same: Tensor, scale: Tensor | float, weights: Tensor) -> Tensor:
    """Symmetric InfoNCE of unit vectors [b, d]; `same` [b, b] marks equal texts, all of which count as positives.

    Row i counts `weights[i]` times, in both directions.
    """
    logits = scale * pictures @ texts.T
    target = same.float() / same.sum(dim=1, keepdim=True)
    per_row = functional.cross_entropy(logits, target, reduction="none") + functional.cross_entropy(
        logits.T, target, reduction="none"
    )
    return (per_row * weights).sum() / (2 * weights.sum())


def embedding_gap(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean 1 - cosine of unit vectors [b, d]."""
    return 1 - (student * teacher).sum(dim=1).mean()


def similarity_gap(student: Tensor, teacher: Tensor, texts: Tensor, scale: float | Tensor) -> Tensor:
    """KL from the teacher's to the student's distribution over texts [t, d]: which texts a picture lies near."""
    wanted = functional.log_softmax(scale * teacher @ texts.T, dim=1)
    found = functional.log_softmax(scale * student @ texts.T, dim=1)
    return functional.kl_div(found, wanted, reduction="batchmean", log_target=True)


def equal_rows(rows: Tensor) -> Tensor:
    """[b, b]: which pairs of the batch share a text row."""
    return rows[:, None] == rows[None, :]


def batch_weights(weights: Tensor) -> Tensor:
    """Weights with mean 1."""
    return weights / weights.mean().clamp_min(torch.finfo(weights.dtype).tiny)
