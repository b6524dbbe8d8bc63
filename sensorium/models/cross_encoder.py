"""A model that reads a query and a passage together, of the sentence-transformers family."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorium.errors import ModelUnavailable
from sensorium.settings import Settings

from .device import choose_device
from .hub import cached_snapshot, fetch_snapshot
from .lazy import Lazy
from .transformer_files import load_network

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Odds = npt.NDArray[np.float32]


class CrossEncoderReader:
    """A cross-encoder with one output, loaded at the first pair, or by `load`. Only safetensors are loaded.

    Every method raises `ModelUnavailable` where the folder holds no such model.
    """

    def __init__(self, folder: Path, *, device: str = "auto") -> None:
        self._folder = folder
        self._device = device
        self._network = Lazy(self._load)
        self._turn = threading.Lock()  # the tokenizers in use refuse a second caller while they work

    def load(self) -> None:
        self._network()

    def log_odds(self, query: str, passages: Sequence[str]) -> Odds:
        """float32[n]: the natural logarithm of the odds that passage i answers the query."""
        import numpy as np
        import torch

        if not passages:
            return np.zeros(0, np.float32)
        network = self._network()
        with self._turn:
            values = network.predict(
                [(query, passage) for passage in passages],
                batch_size=len(passages),
                activation_fn=torch.nn.Identity(),  # the models come with a sigmoid, or with none
                show_progress_bar=False,
            )
        return np.asarray(values, np.float32).reshape(len(passages))

    def _load(self) -> Any:
        from sentence_transformers import CrossEncoder

        device = choose_device(self._device)
        network = load_network(CrossEncoder, self._folder, device, called="cross-encoder")
        if network.num_labels != 1:
            raise ModelUnavailable(
                f"{self._folder} has {network.num_labels} outputs; a cross-encoder for ranking has one."
            )
        return network


def find_cross_encoder(settings: Settings) -> Path:
    """The folder of `settings.cross_encoder`: a folder, else the hub cache, else the hub where that is allowed.

    Raises `ModelUnavailable` with the cure.
    """
    name = settings.cross_encoder
    if Path(name).is_dir():
        return Path(name)
    folder = cached_snapshot(name)
    if folder is not None and any(folder.glob("*.safetensors")):
        return folder
    if settings.allow_download:
        return fetch_snapshot(name)
    raise ModelUnavailable(
        f"The cross-encoder {name!r} is not on this machine. Give the folder of its files as cross_encoder, allow "
        "downloads with SENSORIUM_ALLOW_DOWNLOAD=true, or leave the setting out."
    )
