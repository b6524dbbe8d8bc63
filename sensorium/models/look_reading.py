"""What pictures look like, read linearly off the features of the starter's picture tower.

The tower's own 384 numbers say what a picture would be called, and two shoes are both "shoes". The features before them
tell more. They are centred, turned to their principal axes and half whitened, each axis divided by the root of its
deviation, since few axes would otherwise decide every cosine (Jégou and Chum, Negative evidences and co-occurences in
image retrieval: the benefit of PCA and whitening, 2012). `training/look.py` fits the axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sensorium.errors import ModelUnavailable

if TYPE_CHECKING:
    import torch

TOWER = "tower_sha256"
"""The file's metadata: the checksum of the tower's weights, without whose features it says nothing."""
LOOK_DIMENSION = 64


@dataclass(frozen=True, slots=True)
class LookReading:
    """`weight` float32[LOOK_DIMENSION, features] and `bias` float32[LOOK_DIMENSION]."""

    weight: torch.Tensor
    bias: torch.Tensor

    def __call__(self, features: torch.Tensor) -> torch.Tensor:
        """Features [b, features] in any precision to unit rows float32[b, LOOK_DIMENSION]."""
        from torch.nn import functional

        return functional.normalize(functional.linear(features.float(), self.weight, self.bias), dim=1)

    def to(self, device: torch.device) -> LookReading:
        return LookReading(self.weight.to(device), self.bias.to(device))


def save_look_reading(path: Path, reading: LookReading, tower_sha256: str) -> None:
    """Write it to `path` for the tower with that checksum."""
    from safetensors.torch import save_file

    tensors = {"weight": reading.weight.contiguous(), "bias": reading.bias.contiguous()}
    save_file(tensors, path, metadata={"format": "pt", TOWER: tower_sha256})


def load_look_reading(path: Path, tower_sha256: str) -> LookReading:
    """Raises `ModelUnavailable` for a file that is missing, damaged, or another tower's."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            found = (file.metadata() or {}).get(TOWER)
            reading = LookReading(file.get_tensor("weight"), file.get_tensor("bias"))
    except (OSError, SafetensorError) as error:
        raise ModelUnavailable(f"{path} cannot be read: {error}. Reinstall sensorium.") from error
    if found != tower_sha256 or len(reading.weight) != LOOK_DIMENSION:
        raise ModelUnavailable(f"{path} belongs to another picture tower. Reinstall sensorium.")
    return reading
