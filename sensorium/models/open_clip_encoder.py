"""Any model of open_clip as text encoder and picture encoder in one."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorium.errors import ModelUnavailable
from sensorium.types import Space

from .checksums import file_checksum
from .device import choose_device, precision_for
from .in_parts import InParts
from .lazy import Lazy
from .open_clip_checkpoint import (
    find_checkpoint,
    model_config,
    picture_preparation,
    require_text_tower,
    wants_quick_gelu,
)
from .open_clip_tokens import encode_causal, end_positions, is_causal, load_tokenizer
from .picture_batches import Normalise, seen_batches
from .picture_view import Fit, PictureView

if TYPE_CHECKING:
    import torch

    from sensorium.types import Matrix, Pixels

_COLOURS = {"mean": (0.48145466, 0.4578275, 0.40821073), "std": (0.26862954, 0.26130258, 0.27577711)}
"""What open_clip takes where a model says nothing (Radford et al., 2021)."""
_FITS: dict[str, Fit] = {"shortest": "crop", "longest": "pad", "squash": "squash"}


@dataclass(frozen=True, slots=True)
class OpenClipModel:
    """Which architecture and which weights: a pretrained tag, or the path of a checkpoint."""

    name: str
    weights: str
    allow_download: bool = False


@dataclass(frozen=True, slots=True)
class _Network:
    model: Any
    normalise: Normalise
    device: torch.device
    in_parts: InParts

    def picture_vectors(self, batch: torch.Tensor) -> torch.Tensor:
        """uint8[b, 3, h, w] → [b, dimension], not yet unit rows."""
        vectors: torch.Tensor = self.model.encode_image(self.normalise(batch))
        return vectors


class OpenClipEncoder:
    """A `TextEncoder` and `PictureEncoder` over one open_clip model, loaded at the first text or picture.

    Everything but making one may raise `ModelUnavailable` where the weights are not on this machine.
    """

    def __init__(self, model: OpenClipModel, *, device: str = "auto", batch_size: int = 64) -> None:
        self._which = model
        self._device = device
        self._batch_size = batch_size
        self._checkpoint = Lazy(self._find)
        self._network = Lazy(self._load)
        self._tokenizer = Lazy(self._load_tokenizer)

    @property
    def space(self) -> Space:
        """Known from the architecture's description and the file of weights; loads no network."""
        dimension = int(model_config(self._which.name)["embed_dim"])
        return Space(f"open_clip/{self._which.name}", dimension, file_checksum(self._checkpoint()))

    @property
    def input_px(self) -> int:
        size = model_config(self._which.name)["vision_cfg"].get("image_size", 224)
        return int(max(size) if isinstance(size, (list, tuple)) else size)

    @property
    def view(self) -> PictureView:
        """As open_clip's own transform has it, which a test compares."""
        size = model_config(self._which.name)["vision_cfg"].get("image_size", 224)
        height, width = size if isinstance(size, (list, tuple)) else (size, size)
        given = picture_preparation(self._which.name, self._which.weights, self._checkpoint())
        fit = _FITS[given.get("resize_mode") or "shortest"]
        resample: Any = given.get("interpolation") or "bicubic"
        # open_clip ignores the interpolation of oblong views
        resample = "bicubic" if resample == "random" or (fit == "crop" and height != width) else resample
        return PictureView(width, height, fit, resample, given.get("fill_color") or 0)

    def encode_pictures(self, pictures: Sequence[Pixels]) -> Matrix:
        """float32[n, dimension] of unit rows, in the order of the pictures, which may differ in size."""
        network = self._network()
        batches = seen_batches(pictures, self.view, self._batch_size)
        return self._rows(network.in_parts(network.picture_vectors, batch) for batch in batches)

    def heat(self, picture: Pixels, towards: Matrix) -> Matrix:
        """float32[h, w], by patches, by gradients, or by covering parts; see `sensorium.models.heat`."""
        import torch

        from .heat import by_covering
        from .open_clip_heat import network_heat

        network = self._network()
        (batch,) = seen_batches([picture], self.view, 1)
        pixels = network.normalise(batch)
        heat = network_heat(network.model.visual, pixels, torch.from_numpy(towards).to(pixels.device))
        return by_covering(self, picture, towards) if heat is None else heat

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        """float32[n, dimension] of unit rows, in the order of the texts. Words past the context are cut off."""
        import torch

        if not texts:
            return self._rows(iter(()))
        network = self._network()
        tokens = self._tokenizer()(list(texts)).to(network.device)
        if not is_causal(network.model):
            return self._rows(network.model.encode_text(batch) for batch in torch.split(tokens, self._batch_size))
        ends = end_positions(network.model, tokens)
        order = ends.argsort(stable=True)  # texts of like length share a batch, so that little padding is left
        rows = self._rows(
            encode_causal(network.model, tokens[part], ends[part]) for part in torch.split(order, self._batch_size)
        )
        restored: Matrix = rows[torch.argsort(order).cpu().numpy()]
        return restored

    def _rows(self, batches: Iterator[torch.Tensor]) -> Matrix:
        import numpy as np
        import torch

        rows = [np.zeros((0, self.space.dimension), dtype=np.float32)]
        with torch.inference_mode():
            for vectors in batches:
                rows.append(torch.nn.functional.normalize(vectors.float(), dim=-1).cpu().numpy())
        return np.concatenate(rows)

    def _find(self) -> Path:
        which = self._which
        return find_checkpoint(which.name, which.weights, allow_download=which.allow_download)

    def _load_tokenizer(self) -> Any:
        return load_tokenizer(self._which.name, self._checkpoint(), allow_download=self._which.allow_download)

    def _load(self) -> _Network:
        import open_clip
        import torch

        device = choose_device(self._device)
        precision = precision_for(device)
        model = _create(self._which, self._checkpoint(), device=device, half=precision is torch.float16)
        trained = open_clip.get_model_preprocess_cfg(model)
        mean, std = (trained.get(name) or default for name, default in _COLOURS.items())
        return _Network(model.eval(), Normalise(mean, std, device, precision), device, InParts(device))


def _create(which: OpenClipModel, checkpoint: Path, *, device: torch.device, half: bool) -> Any:
    import open_clip

    if not which.allow_download:
        require_text_tower(which.name)
    # The argument that forbids pickles was renamed; both names are asked for, so it is never left to a default.
    parameters = inspect.signature(open_clip.create_model).parameters
    safely = "weights_only" if "weights_only" in parameters else "load_weights_only"
    try:
        return open_clip.create_model(
            which.name,
            pretrained=str(checkpoint),
            precision="fp16" if half else "fp32",
            device=device,
            force_quick_gelu=wants_quick_gelu(which.name, which.weights),
            force_preprocess_cfg=picture_preparation(which.name, which.weights, checkpoint),
            **{safely: True},
        )
    except pickle.UnpicklingError as error:
        raise ModelUnavailable(_pickled(checkpoint)) from error
    except (RuntimeError, OSError, KeyError, ValueError) as error:
        if "weights_only" in str(error):  # what torch says of an archive of code
            raise ModelUnavailable(_pickled(checkpoint)) from error
        raise ModelUnavailable(f"{checkpoint} could not be loaded as {which.name}: {error}") from error


def _pickled(checkpoint: Path) -> str:
    return (
        f"{checkpoint} holds pickled Python objects, which can run any code, and is not loaded. "
        "Save its weights as .safetensors, or as a plain state dict."
    )
