"""How towers of our own lie on disk: half-precision safetensors, and a JSON description beside them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import nn

FORMAT = 1


def save_weights(path: Path, network: nn.Module) -> str:
    """Write fp16 weights to `path`; returns their sha256."""
    # Batch counters are integers and of no use after training; everything else is stored in half precision.
    tensors = {
        name: tensor.detach().to("cpu", torch.float16).contiguous()
        for name, tensor in network.state_dict().items()
        if tensor.is_floating_point()
    }
    content = save_tensors(tensors, metadata={"format": "pt"})
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def load_weights(path: Path, network: nn.Module, sha256: str) -> None:
    """Fill a network, in fp32, with what `save_weights` wrote.

    A missing file is an `OSError`; other weights than expected, or such as do not fit the network, are a `ValueError`
    that names the file.
    """
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ValueError(f"{path} has sha256 {found}, its description expects {sha256}: fetch the file again.")
    try:
        stored = {name: tensor.float() for name, tensor in load_tensors(content).items()}
    except SafetensorError as error:
        raise ValueError(f"{path} is not a safetensors file: {error}") from error
    expected = {name: tensor for name, tensor in network.state_dict().items() if tensor.is_floating_point()}
    wrong = [name for name in expected if name not in stored or stored[name].shape != expected[name].shape]
    wrong += [name for name in stored if name not in expected]
    if wrong:
        raise ValueError(f"{path} does not fit its description: {wrong[0]} and {len(wrong) - 1} other tensors.")
    network.load_state_dict(stored, strict=False)  # what it lacks are the batch counters


def write_description(path: Path, record: dict[str, Any]) -> None:
    """Write the description of the weights at `path` beside them."""
    content = json.dumps({"format": FORMAT, **record}, indent=2) + "\n"
    path.with_suffix(".json").write_text(content, encoding="utf-8")


def read_description(path: Path) -> dict[str, Any]:
    """The description of the weights at `path`; one that cannot be read is a `ValueError`."""
    beside = path.with_suffix(".json")
    try:
        record = cast("dict[str, Any]", json.loads(beside.read_text(encoding="utf-8")))
        version = record.pop("format")
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"{beside} is not the description of a tower: {error}") from error
    if version != FORMAT:
        raise ValueError(f"{beside} has format {version!r}, this version reads {FORMAT}.")
    return record
