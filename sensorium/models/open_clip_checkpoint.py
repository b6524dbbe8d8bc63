"""Where an open_clip model's weights lie, and how its pictures are prepared."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from sensorium.errors import ModelUnavailable

from .hub import cached_file

LOADABLE = (".safetensors", ".pt", ".bin", ".pth")
_ALLOW = "allow downloads with SENSORIUM_ALLOW_DOWNLOAD=true"
# What open_clip asks a repository for when a tag names no file, in its order.
_HUB_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
_REPOSITORIES = {
    ("ViT-B-16-SigLIP2-256", "webli"): "timm/ViT-B-16-SigLIP2-256",
    ("ViT-B-32", "laion2b_s34b_b79k"): "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
}
"""Where the recommended weights are; open_clip knows of all the others, and a test compares."""
_PREPARATION = ("mean", "std", "interpolation", "resize_mode", "fill_color")


def find_checkpoint(model_name: str, weights: str, *, allow_download: bool) -> Path:
    """The file of weights: a local path, or that of a pretrained tag in the cache, or from the hub where allowed.

    Raises `ModelUnavailable` with the cure.
    """
    import open_clip

    model_config(model_name)  # an unknown architecture is named first
    path = Path(weights)
    if path.is_file():
        if path.suffix not in LOADABLE:
            raise ModelUnavailable(f"{path} is no checkpoint: expected a file ending in {', '.join(LOADABLE)}.")
        return path
    tag = open_clip.get_pretrained_cfg(_plain(model_name), weights)
    if not tag:
        known = ", ".join(open_clip.list_pretrained_tags_by_model(_plain(model_name))) or "none"
        raise ModelUnavailable(
            f"{weights!r} is neither a file nor weights known for {model_name}. Known: {known}. "
            "Give one of them, or the path of a checkpoint, as open_clip_weights."
        )
    found = _cached(tag)
    if found is not None:
        return found
    if not allow_download:
        raise _not_here(model_name, weights)
    try:
        return Path(open_clip.download_pretrained(tag))
    except (OSError, RuntimeError) as error:
        raise ModelUnavailable(f"The weights {weights!r} of {model_name} could not be fetched: {error}") from error


def glance_at_checkpoint(model_name: str, weights: str) -> Path:
    """What `find_checkpoint` gives where nothing may be fetched, told without loading open_clip where that can be.

    open_clip brings torch and takes seconds, which is too long for a list of what is there.
    """
    path = Path(weights)
    if path.is_file() and path.suffix in LOADABLE:
        return path
    repository = _REPOSITORIES.get((_plain(model_name), weights))
    if repository is None or "open_clip" in sys.modules:
        return find_checkpoint(model_name, weights, allow_download=False)
    for name in _HUB_FILES:
        found = cached_file(repository, name)
        if found is not None:
            return found
    raise _not_here(model_name, weights)


def _not_here(model_name: str, weights: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The weights {weights!r} of {model_name} are not on this machine. "
        f"Give the path of a checkpoint as open_clip_weights, or {_ALLOW}."
    )


def model_config(model_name: str) -> dict[str, Any]:
    """open_clip's description of an architecture. Raises `ModelUnavailable` for one that it does not know."""
    import open_clip

    config: dict[str, Any] | None = open_clip.get_model_config(_plain(model_name))
    if config is None:
        raise ModelUnavailable(f"open_clip knows no model {model_name!r}. Its list: open_clip.list_models().")
    return config


def require_text_tower(model_name: str) -> None:
    """Some architectures take their text tower's description from another repository. Raises `ModelUnavailable`
    where that is not in the local hub cache; its absence would otherwise be asked of the network.
    """
    repository = model_config(model_name)["text_cfg"].get("hf_model_name", "")
    if repository and cached_file(repository, "config.json") is None:
        raise ModelUnavailable(f"{model_name} needs the description of {repository}, not on this machine: {_ALLOW}.")


def picture_preparation(model_name: str, weights: str, checkpoint: Path) -> dict[str, Any]:
    """Mean, deviation and scaling that the weights were trained with, as open_clip's `force_preprocess_cfg`.

    From the tag; for a local file from the `open_clip_config.json` beside it, else from what the architecture's
    known weights agree on. Empty means open_clip's own default.
    """
    import open_clip

    name = _plain(model_name)
    tag = open_clip.get_pretrained_cfg(name, weights)
    if tag:
        return _preparation(tag)
    beside = checkpoint.with_name("open_clip_config.json")
    if beside.is_file():
        return _preparation(json.loads(beside.read_text("utf-8")).get("preprocess_cfg", {}))
    known = [
        _preparation(open_clip.get_pretrained_cfg(name, other))
        for other in open_clip.list_pretrained_tags_by_model(name)
    ]
    return known[0] if known and all(other == known[0] for other in known) else {}


def wants_quick_gelu(model_name: str, weights: str) -> bool:
    """Whether a tag's weights were trained with the activation that its plain architecture does not name."""
    import open_clip

    return bool(open_clip.get_pretrained_cfg(_plain(model_name), weights).get("quick_gelu", False))


def _plain(model_name: str) -> str:
    return model_name.replace("/", "-")


def _preparation(config: dict[str, Any]) -> dict[str, Any]:
    return {key: config[key] for key in _PREPARATION if config.get(key) is not None}


def _cached(tag: dict[str, Any]) -> Path | None:
    if repository := tag.get("hf_hub", ""):
        repository, _, filename = repository.rpartition("/")
        names = (Path(filename).with_suffix(".safetensors").name, filename) if filename else _HUB_FILES
        for name in names:
            found = cached_file(repository, name)
            if found is not None:
                return found
    by_url = Path.home() / ".cache" / "clip" / Path(tag.get("url", "")).name
    return by_url if tag.get("url") and by_url.is_file() else None
