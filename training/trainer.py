"""One student in training: its step, its checkpoint, its place on a device."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from training import checkpoint
from training.average import Average
from training.batches import Batch
from training.config import Settings
from training.group import Group
from training.head import open_head
from training.losses import batch_weights, contrastive, embedding_gap, equal_rows, similarity_gap
from training.student import Student, parameter_groups

MAX_GRADIENT = 5.0
LOSS_NAMES = ("feature", "embedding", "similarity", "caption")


class Trainer:
    """Holds the networks and the optimiser; one `step` per batch."""

    def __init__(self, settings: Settings, group: Group) -> None:
        torch.manual_seed(settings.seed)  # the same random weights in every process of the group
        self._plan, self.group = settings.distil, group
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._head = open_head(settings).to(self.device)
        self._scale = self._head.scale().item()
        student = Student(settings.distil, settings.head, settings.width)
        student.start_from(self._head)
        self.student = student.to(self.device).to(memory_format=torch.channels_last)
        self._forward = torch.compile(self.student) if self.device.type == "cuda" else self.student
        self.average = Average(self.student, settings.distil.ema)
        self._optimizer = torch.optim.AdamW(
            parameter_groups(self.student, settings.distil), betas=(0.9, 0.98), fused=True
        )
        self.progress = checkpoint.Progress()

    def step(self, batch: Batch, rate: float) -> Tensor:
        """One update; returns the unweighted losses [4], still on the device: asking for numbers would wait for it."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate * group["share"]
        self.student.train()
        losses = self._losses(batch)
        plan = self._plan
        weights = (plan.feature_weight, plan.embedding_weight, plan.similarity_weight, plan.caption_weight)
        total = torch.stack([weight * loss for weight, loss in zip(weights, losses, strict=True)]).sum()
        self._optimizer.zero_grad()
        torch.autograd.backward(total)
        self.group.average_gradients(self.student)
        torch.nn.utils.clip_grad_norm_(self.student.parameters(), MAX_GRADIENT)
        self._optimizer.step()
        self.average.follow(self.student, self.progress.step)
        self.progress.step += 1
        return torch.stack(losses).detach()

    def _losses(self, batch: Batch) -> list[Tensor]:
        features = batch.features.to(self.device)
        wanted = self._head(features)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            found = self._forward(batch.pixels.to(self.device))
        texts, same = batch.texts.to(self.device), equal_rows(batch.text_rows.to(self.device))
        weights = batch_weights(batch.weights.to(self.device))
        return [
            functional.smooth_l1_loss(found.features, self._head.standardise(features)),
            embedding_gap(found.vectors, wanted),
            similarity_gap(found.vectors, wanted, batch.random_texts.to(self.device), self._scale),
            contrastive(found.vectors, texts, same, self._scale, weights),
        ]

    def save(self, path: Path) -> None:
        """Everything that `restore` needs."""
        progress = self.progress
        checkpoint.save(
            path,
            {
                "student": self.student.state_dict(),
                "average": self.average.student.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "step": progress.step,
                "seconds": progress.seconds,
                "cpu_seconds": progress.cpu_seconds,
            },
        )

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state = checkpoint.load(path)
        self.student.load_state_dict(state["student"])
        self.average.student.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.progress = checkpoint.Progress(state["step"], state["seconds"], state["cpu_seconds"])
