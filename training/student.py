"""The student: trunk, a linear bridge into the teacher's features, and the teacher's head on top of it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import cast

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from sensorium.models.picture_tower import PictureTower, PictureTowerConfig, merged
from training.config import BACKBONE_WIDTH, DistilPlan, HeadPlan
from training.head import TeacherHead, first_member, projection


@dataclass(frozen=True, slots=True)
class Described:
    """What the student says of a batch."""

    features: Tensor  # [b, width], in the teacher's standardised space
    vectors: Tensor  # [b, 384], unit rows


class Student(nn.Module):
    """Random at first, but for the head's layers, which are copies of the teacher head's.

    A student that predicts the teacher's features through a head that already understands them learns faster than
    one with a head of its own. Bridge and first layer are both linear, so export folds them into one.
    """

    def __init__(self, plan: DistilPlan, head_plan: HeadPlan, width: int = BACKBONE_WIDTH) -> None:
        super().__init__()
        self.trunk = timm.create_model(plan.architecture, pretrained=False, num_classes=0)
        self.bridge = nn.Linear(cast(int, self.trunk.head_hidden_size), width)
        # Half the head's dropout: the trunk's errors are noise enough.
        self.head = projection(head_plan.hidden, head_plan.dropout / 2, width)

    def start_from(self, head: TeacherHead) -> None:
        """Copy the teacher head's layers."""
        self.head.load_state_dict(first_member(head, cast(nn.Linear, self.head[1]).out_features).state_dict())

    def forward(self, pixels: Tensor) -> Described:
        """Normalised pixels [b, 3, h, w]."""
        features = self.bridge(self.trunk(pixels)).float()
        with torch.autocast(pixels.device.type, enabled=False):  # half precision would blur what the head tells apart
            return Described(features, functional.normalize(self.head(features), dim=1))

    def folded(self, config: PictureTowerConfig) -> PictureTower:
        """The tower that computes the same vectors, with bridge and first head layer as one."""
        tower = PictureTower(config)
        tower.trunk.load_state_dict(merged(copy.deepcopy(self.trunk)).state_dict())
        first, last = cast(nn.Linear, self.head[1]), self.head[4]
        folded = {
            "weight": first.weight @ self.bridge.weight,
            "bias": first.weight @ self.bridge.bias + first.bias,
        }
        tower.projection[0].load_state_dict(folded)
        tower.projection[2].load_state_dict(last.state_dict())
        return tower.eval()


def parameter_groups(student: Student, plan: DistilPlan) -> list[dict[str, object]]:
    """Decayed weights, undecayed vectors (norms and biases), and the head at its own rate."""
    body = [*student.trunk.parameters(), *student.bridge.parameters()]
    return [
        {"params": [p for p in body if p.ndim > 1], "weight_decay": plan.weight_decay, "share": 1.0},
        {"params": [p for p in body if p.ndim <= 1], "weight_decay": 0.0, "share": 1.0},
        {"params": list(student.head.parameters()), "weight_decay": plan.weight_decay, "share": plan.head_rate},
    ]
