"""Model folders in the local cache of the Hugging Face hub, and from the hub itself."""

from __future__ import annotations

from pathlib import Path

from sensorium.errors import ModelUnavailable

# Everything a text encoder needs and no pickle: the same repositories also hold ONNX, OpenVINO and .bin copies.
_PATTERNS = ["*.json", "*.txt", "*.model", "*.safetensors"]


def cached_snapshot(name: str) -> Path | None:
    """The folder of a repository in the local cache, or None. Never asks the network."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True, allow_patterns=_PATTERNS))
    except (LocalEntryNotFoundError, HFValidationError):
        return None


def cached_file(repository: str, filename: str) -> Path | None:
    """One file of a repository in the local cache, or None. Never asks the network."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, filename)
    return Path(found) if isinstance(found, str) else None


def fetch_snapshot(name: str) -> Path:
    """The folder of a repository, downloaded where needed. Raises `ModelUnavailable` when the hub does not give it."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        return Path(snapshot_download(name, allow_patterns=_PATTERNS, ignore_patterns=["onnx/*", "openvino/*"]))
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise ModelUnavailable(f"{name} could not be fetched from the model hub: {error}") from error
