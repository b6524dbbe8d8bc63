"""The student: the tower that will be shipped, and a bridge to the teacher's features that will not."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from sensorium.models.sound_tower import SoundTower
from training.sound.head import TEXT_WIDTH
from training.sound.plan import SoundPlan
from training.sound.yamnet import CLASSES, WIDTH

RARE = -5.0  # most classes are silent in most windows: the logit that a score starts from


@dataclass(frozen=True, slots=True)
class Described:
    """What the student says of a batch."""

    features: Tensor  # [b, 1024], in the teacher's standardised space
    vectors: Tensor  # [b, 384], unit rows
    logits: Tensor  # [b, 521]


class Student(nn.Module):
    """Random at first."""

    def __init__(self, plan: SoundPlan) -> None:
        super().__init__()
        self.tower = SoundTower(
            features=plan.features,
            hidden=plan.hidden,
            output_size=TEXT_WIDTH,
            classes=CLASSES,
            dropout=plan.dropout,
        )
        self.bridge = nn.Linear(plan.features, WIDTH)
        nn.init.constant_(self.tower.classifier.bias, RARE)

    def forward(self, patches: Tensor) -> Described:
        """Log-mel patches [b, 96, 64]."""
        features = self.tower.trunk(patches)
        read = self.tower.read(features)
        return Described(self.bridge(features).float(), read.vectors.float(), read.logits.float())


def parameter_groups(student: Student, decay: float) -> list[dict[str, object]]:
    """Decayed weights and undecayed vectors (norms and biases)."""
    parameters = list(student.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
