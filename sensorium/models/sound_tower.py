"""The starter model's sound tower: a small convolutional network from log-mel patches into the text space.

Inverted residual blocks (Sandler et al., MobileNetV2, 2018), the first of them with their two inner convolutions fused
into one, which is faster while maps are large and thin (Tan and Le, EfficientNetV2, 2021), squeeze and excitation in
the others (Hu et al., 2018). One trunk, two readings of it: a vector in the text model's space, and scores for the
classes of AudioSet.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .tower_files import load_weights, read_description, save_weights, write_description

# (fused, expansion, channels, stride), in order; patches of 96 x 64 come out as maps of 6 x 4
BLOCKS = (
    (True, 3, 40, 2),
    (True, 3, 40, 1),
    (False, 4, 80, 2),
    (False, 4, 80, 1),
    (False, 4, 80, 1),
    (False, 4, 144, 2),
    (False, 4, 144, 1),
    (False, 4, 144, 1),
    (False, 4, 144, 1),
    (False, 4, 144, 1),
)
STEM = 24
# Log-mel values lie between log(0.001) and about 3; this brings them near zero mean and unit deviation.
MEL_MEAN, MEL_DEVIATION = -3.0, 2.5


@dataclass(frozen=True, slots=True)
class SoundTowerConfig:
    """What must be known to rebuild a tower, and to match it with its text side."""

    features: int  # width of the pooled features
    hidden: int  # width between the projection's two layers
    output_size: int
    text_model: str
    text_model_sha256: str
    classes: tuple[str, ...]  # the class scores' names
    sha256: str = ""  # filled in by `save_sound_tower`
    training: dict[str, Any] = field(default_factory=dict)  # figures for the reader, not for the code


@dataclass(frozen=True, slots=True)
class SoundRows:
    """What a tower says of a batch of windows."""

    vectors: Tensor  # [b, output_size], unit rows
    logits: Tensor  # [b, classes]


class Excite(nn.Module):
    """Squeeze and excitation: channels weighted by what the whole map holds."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.down = nn.Conv2d(channels, squeezed, 1)
        self.up = nn.Conv2d(squeezed, channels, 1)

    def forward(self, maps: Tensor) -> Tensor:
        weights = self.up(functional.relu(self.down(maps.mean(dim=(2, 3), keepdim=True))))
        return maps * functional.hardsigmoid(weights)


class Block(nn.Module):
    """One inverted residual block."""

    def __init__(self, width: int, *, fused: bool, expansion: int, channels: int, stride: int) -> None:
        super().__init__()
        inner = width * expansion
        self.residual = stride == 1 and width == channels
        if fused:
            parts = _convolution(width, inner, 3, stride=stride)
        else:
            parts = [
                *_convolution(width, inner, 1),
                *_convolution(inner, inner, 3, stride=stride, groups=inner),
                Excite(inner, width // 4),
            ]
        self.layers = nn.Sequential(*parts, *_convolution(inner, channels, 1, bend=False))

    def forward(self, maps: Tensor) -> Tensor:
        changed: Tensor = self.layers(maps)
        return maps + changed if self.residual else changed


def _convolution(
    width: int, channels: int, kernel: int, *, stride: int = 1, groups: int = 1, bend: bool = True
) -> list[nn.Module]:
    """Convolution, batch norm and, unless it ends a block, the activation."""
    convolution = nn.Conv2d(width, channels, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [convolution, nn.BatchNorm2d(channels), *([nn.Hardswish()] if bend else [])]


class SoundTrunk(nn.Module):
    """Log-mel patches to pooled features."""

    def __init__(self, features: int) -> None:
        super().__init__()
        layers = _convolution(1, STEM, 3, stride=2)
        width = STEM
        for fused, expansion, channels, stride in BLOCKS:
            layers.append(Block(width, fused=fused, expansion=expansion, channels=channels, stride=stride))
            width = channels
        self.layers = nn.Sequential(*layers, *_convolution(width, features, 1))

    def forward(self, patches: Tensor) -> Tensor:
        """Log-mel patches [b, 96, 64] to [b, features]."""
        maps = ((patches - MEL_MEAN) / MEL_DEVIATION)[:, None].contiguous(memory_format=torch.channels_last)
        pooled: Tensor = self.layers(maps).mean(dim=(2, 3))
        return pooled


class SoundTower(nn.Module):
    """Log-mel patches to unit rows beside the embeddings of their descriptions, and to class scores."""

    def __init__(self, *, features: int, hidden: int, output_size: int, classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.trunk = SoundTrunk(features)
        self.projection = nn.Sequential(
            nn.Linear(features, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, output_size)
        )
        self.classifier = nn.Linear(features, classes)

    def forward(self, patches: Tensor) -> SoundRows:
        """Log-mel patches [b, 96, 64]."""
        return self.read(self.trunk(patches))

    def read(self, features: Tensor) -> SoundRows:
        """Vectors and logits of features [b, features]."""
        return SoundRows(functional.normalize(self.projection(features), dim=1), self.classifier(features))


def build_sound_tower(config: SoundTowerConfig) -> SoundTower:
    """A tower with random weights."""
    return SoundTower(
        features=config.features,
        hidden=config.hidden,
        output_size=config.output_size,
        classes=len(config.classes),
    )


def save_sound_tower(path: Path, tower: SoundTower, config: SoundTowerConfig) -> SoundTowerConfig:
    """Write fp16 weights to `path` and the config beside it as .json; returns the config with the weights' checksum."""
    saved = replace(config, sha256=save_weights(path, tower))
    write_description(path, asdict(saved))
    return saved


def load_sound_tower(path: Path) -> tuple[SoundTower, SoundTowerConfig]:
    """The tower in fp32, ready to encode, and its config.

    A missing file is an `OSError`; weights that do not belong to the config, or a config that cannot be read, are a
    `ValueError` that names the file.
    """
    record = read_description(path)
    try:
        config = SoundTowerConfig(**{**record, "classes": tuple(record["classes"])})
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path.with_suffix('.json')} does not describe a sound tower: {error}") from error
    tower = build_sound_tower(config)
    load_weights(path, tower, config.sha256)
    return tower.eval(), config
