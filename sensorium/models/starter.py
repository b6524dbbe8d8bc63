"""The starter profile's space and its picture encoder: a small tower of our own that writes into MiniLM's space."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorium.errors import ModelUnavailable
from sensorium.types import Space

from .checksums import combined_checksum, file_checksum
from .device import choose_device, precision_for
from .in_parts import InParts
from .lazy import Lazy
from .look_reading import LOOK_DIMENSION
from .minilm import MINILM_DIMENSION, MINILM_NAME, MINILM_SHA256
from .picture_batches import Normalise, seen_batches
from .picture_view import PictureView

if TYPE_CHECKING:
    import torch

    from sensorium.types import Matrix, Pixels

    from .look_reading import LookReading
    from .picture_tower import PictureTower

STARTER_WEIGHTS = Path(__file__).parent / "weights" / "starter-picture.safetensors"
STARTER_LOOK_WEIGHTS = STARTER_WEIGHTS.with_name("starter-look.safetensors")
STARTER_SOUND_WEIGHTS = STARTER_WEIGHTS.with_name("starter-sound.safetensors")
REINSTALL = "The starter's weights ship with sensorium: reinstall it."


def starter_space(pictures: Path = STARTER_WEIGHTS, sounds: Path = STARTER_SOUND_WEIGHTS) -> Space:
    """The one space that MiniLM's words and the pictures and sounds of the starter's towers share.

    Raises `ModelUnavailable` when a tower's weights are missing, are not what their description says, or were trained
    for another text model.
    """
    checksum = combined_checksum((MINILM_SHA256, _checked(pictures), _checked(sounds)))
    return Space("starter", MINILM_DIMENSION, checksum)


def _checked(weights: Path) -> str:
    """The sha256 of a tower's weights."""
    described = _description(weights)
    checksum = file_checksum(weights)
    if checksum != described.get("sha256"):
        raise ModelUnavailable(
            f"{weights} has the sha256 {checksum}, its description says {described.get('sha256')}. {REINSTALL}"
        )
    if (described.get("text_model_sha256"), described.get("output_size")) != (MINILM_SHA256, MINILM_DIMENSION):
        raise ModelUnavailable(f"{weights} was trained for another text model than {MINILM_NAME}. {REINSTALL}")
    return checksum


def _description(weights: Path) -> dict[str, Any]:
    try:
        described: dict[str, Any] = json.loads(weights.with_suffix(".json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"The description of {weights} cannot be read: {error}. {REINSTALL}") from error
    if not weights.is_file():
        raise ModelUnavailable(f"{weights} is missing. {REINSTALL}")
    return described


@dataclass(frozen=True, slots=True)
class _Tower:
    network: PictureTower
    normalise: Normalise
    in_parts: InParts

    def vectors(self, batch: torch.Tensor, look: LookReading | None) -> torch.Tensor:
        """uint8[b, 3, h, w] → float32[b, 384] of unit rows, with looks beside them where they are wanted."""
        import torch
        from torch.nn import functional

        features = self.network.trunk(self.normalise(batch))
        named = functional.normalize(self.network.projection(features).float(), dim=1)
        return named if look is None else torch.cat([named, look(features)], dim=1)


class StarterPictureEncoder:
    """A `PictureEncoder` over the starter tower. The network is loaded at the first picture."""

    def __init__(self, weights: Path = STARTER_WEIGHTS, *, device: str = "auto", batch_size: int = 64) -> None:
        self._weights = weights
        self._device = device
        self._batch_size = batch_size
        self._space = Lazy(lambda: starter_space(weights))
        self._look_space = Lazy(self._space_of_looks)
        self._tower = Lazy(self._load)
        self._look = Lazy(self._load_look)

    @property
    def space(self) -> Space:
        return self._space()

    @property
    def look_space(self) -> Space:
        return self._look_space()

    @property
    def input_px(self) -> int:
        return int(_description(self._weights)["input_px"])  # without loading the network

    @property
    def view(self) -> PictureView:
        """The whole picture squeezed into the square, as in training; `picture_tower.preprocess` says why."""
        return PictureView(self.input_px, self.input_px, "squash", "bilinear", reducing_gap=3.0)

    def encode_pictures(self, pictures: Sequence[Pixels]) -> Matrix:
        """float32[n, 384] of unit rows, in the order of the pictures, which may differ in size."""
        return self._written(pictures, None)

    def encode_with_looks(self, pictures: Sequence[Pixels]) -> Matrix:
        """float32[n, 384 + 64]: the same, and beside it a unit row of what the picture looks like."""
        return self._written(pictures, self._look())

    def _written(self, pictures: Sequence[Pixels], look: LookReading | None) -> Matrix:
        import numpy as np
        import torch

        if not pictures:
            return np.zeros((0, self.space.dimension + (0 if look is None else LOOK_DIMENSION)), dtype=np.float32)
        tower = self._tower()
        rows = []
        with torch.inference_mode():
            for batch in seen_batches(pictures, self.view, self._batch_size):
                rows.append(tower.in_parts(partial(tower.vectors, look=look), batch).cpu())
        return torch.cat(rows).numpy()

    def heat(self, picture: Pixels, towards: Matrix) -> Matrix:
        """float32[h, w] by Grad-CAM over the trunk's last map; see `sensorium.models.heat`."""
        import torch

        from .heat import by_gradient

        tower = self._tower()
        trunk: Any = tower.network.trunk  # timm's methods are not typed

        def score(leaf: torch.Tensor) -> torch.Tensor:
            pooled = trunk.forward_head(leaf.to(features.dtype))
            vector = torch.nn.functional.normalize(tower.network.projection(pooled).float(), dim=1)[0]
            return vector @ torch.from_numpy(towards).to(vector.device)

        with torch.inference_mode():
            (batch,) = seen_batches([picture], self.view, 1)
            features = trunk.forward_features(tower.normalise(batch))
        return by_gradient(features.clone(), score)

    def _load(self) -> _Tower:
        import torch

        from .picture_tower import load_picture_tower

        _ = self.space  # weights that are not what they should be are refused before they are read
        try:
            network, config = load_picture_tower(self._weights)
        except (OSError, ValueError) as error:
            raise ModelUnavailable(f"{error} {REINSTALL}") from error
        device = choose_device(self._device)
        precision = precision_for(device)
        normalise = Normalise(config.mean, config.std, device, precision, channels_last=True)
        placed: Any = network.to(device, precision)
        return _Tower(placed.to(memory_format=torch.channels_last).eval(), normalise, InParts(device))

    def _space_of_looks(self) -> Space:
        try:
            axes = file_checksum(self._look_weights)
        except OSError as error:
            raise ModelUnavailable(f"{self._look_weights} cannot be read: {error}. {REINSTALL}") from error
        checksum = combined_checksum((_checked(self._weights), axes))
        return Space("starter-look", LOOK_DIMENSION, checksum)

    @property
    def _look_weights(self) -> Path:
        return self._weights.with_name(STARTER_LOOK_WEIGHTS.name)

    def _load_look(self) -> LookReading:
        from .look_reading import load_look_reading

        reading = load_look_reading(self._look_weights, _checked(self._weights))
        return reading.to(choose_device(self._device))
