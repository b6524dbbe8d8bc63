"""The starter model's picture tower: a small convolutional trunk and a two-layer projection into the text space."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import timm
import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from timm.utils.model import reparameterize_model
from torch import Tensor, nn
from torch.nn import functional

FORMAT = 1


@dataclass(frozen=True, slots=True)
class PictureTowerConfig:
    """What must be known to rebuild a tower, to feed it, and to match it with its text side."""

    architecture: str  # a timm name
    input_px: int  # side of the square that a picture is resized to
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    hidden: int  # width between the projection's two layers
    output_size: int
    text_model: str
    text_model_sha256: str
    sha256: str = ""  # filled in by `save_picture_tower`
    training: dict[str, Any] = field(default_factory=dict)  # figures for the reader, not for the code


class PictureTower(nn.Module):
    """Pictures to unit rows beside the embeddings of their descriptions."""

    def __init__(self, config: PictureTowerConfig) -> None:
        super().__init__()
        self.trunk = merged(timm.create_model(config.architecture, pretrained=False, num_classes=0))
        self.projection = nn.Sequential(
            nn.Linear(cast(int, self.trunk.head_hidden_size), config.hidden),
            nn.GELU(),
            nn.Linear(config.hidden, config.output_size),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """Normalised pixels [b, 3, h, w] to unit rows [b, output_size]."""
        return functional.normalize(self.projection(self.trunk(pixels)), dim=1)


def merged(trunk: nn.Module) -> nn.Module:
    """The trunk as it is used after training: parallel branches and their norms as one convolution each.

    (RepVGG; Ding et al., 2021.) A trunk without such branches comes back as it is. The trunk given is changed.
    """
    return reparameterize_model(trunk.eval(), inplace=True)


def preprocess(image: Image.Image, config: PictureTowerConfig) -> Tensor:
    """One picture as normalised pixels [3, s, s].

    The whole picture is squeezed into the square, as in training. On the validation pictures a letterbox finds less
    (clothing .36 instead of .43); a centre crop finds the same there, but would lose what stands at the edges.
    """
    side = config.input_px
    # `reducing_gap` shrinks large photos by whole factors first: many times faster, and the same to the eye.
    square = image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR, reducing_gap=3.0)
    pixels = torch.frombuffer(bytearray(square.tobytes()), dtype=torch.uint8).reshape(side, side, 3)
    scaled = pixels.permute(2, 0, 1).float() / 255
    mean = torch.tensor(config.mean).reshape(3, 1, 1)
    std = torch.tensor(config.std).reshape(3, 1, 1)
    return (scaled - mean) / std


def save_picture_tower(path: Path, tower: PictureTower, config: PictureTowerConfig) -> PictureTowerConfig:
    """Write fp16 weights to `path` and the config beside it as .json; returns the config with the weights' checksum."""
    # Batch counters are integers and of no use after training; everything else is stored in half precision.
    tensors = {
        name: tensor.detach().to("cpu", torch.float16).contiguous()
        for name, tensor in tower.state_dict().items()
        if tensor.is_floating_point()
    }
    content = save_tensors(tensors, metadata={"format": "pt"})
    saved = PictureTowerConfig(**{**_fields(config), "sha256": hashlib.sha256(content).hexdigest()})
    path.write_bytes(content)
    record = {"format": FORMAT, **asdict(saved)}
    path.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return saved


def load_picture_tower(path: Path) -> tuple[PictureTower, PictureTowerConfig]:
    """The tower in fp32, ready to encode, and its config.

    A missing file is an `OSError`; weights that do not belong to the config, or a config that cannot be read, are a
    `ValueError` that names the file.
    """
    config = _read_config(path.with_suffix(".json"))
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != config.sha256:
        raise ValueError(f"{path} has sha256 {found}, its config expects {config.sha256}: fetch the file again.")
    tower = PictureTower(config)
    try:
        stored = {name: tensor.float() for name, tensor in load_tensors(content).items()}
    except SafetensorError as error:
        raise ValueError(f"{path} is not a safetensors file: {error}") from error
    expected = {name: tensor for name, tensor in tower.state_dict().items() if tensor.is_floating_point()}
    wrong = [name for name in expected if name not in stored or stored[name].shape != expected[name].shape]
    wrong += [name for name in stored if name not in expected]
    if wrong:
        raise ValueError(f"{path} does not fit {config.architecture}: {wrong[0]} and {len(wrong) - 1} other tensors.")
    tower.load_state_dict(stored, strict=False)  # what it lacks are the batch counters
    return tower.eval(), config


def _read_config(path: Path) -> PictureTowerConfig:
    try:
        record = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        version = record.pop("format")
        if version != FORMAT:
            raise ValueError(f"{path} has format {version!r}, this version reads {FORMAT}.")
        record["mean"], record["std"] = tuple(record["mean"]), tuple(record["std"])
        return PictureTowerConfig(**record)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is not the config of a picture tower: {error}") from error


def _fields(config: PictureTowerConfig) -> dict[str, Any]:
    return {name: getattr(config, name) for name in PictureTowerConfig.__dataclass_fields__}
