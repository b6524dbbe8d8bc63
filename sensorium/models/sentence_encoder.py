"""Text encoders of the sentence-transformers family, from a folder of files."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorium.errors import ModelUnavailable
from sensorium.settings import Settings
from sensorium.types import Space

from .checksums import combined_checksum, file_checksum
from .device import choose_device
from .hub import cached_snapshot, fetch_snapshot
from .in_parts import InParts
from .lazy import Lazy
from .minilm import MINILM_NAME, find_minilm
from .text_batches import Features, text_batches
from .transformer_files import load_network

if TYPE_CHECKING:
    from sensorium.types import Matrix


PIECES_AT_ONCE = 512
"""Word pieces in a batch on a processor, padding included: what a layer makes of more does not fit a core's caches."""


class SentenceEncoder:
    """A `TextEncoder` over a folder of sentence-transformers files. The network is loaded at the first text.

    Only safetensors are loaded, and nothing is asked of a hub. Text past the model's window is cut off.
    """

    def __init__(self, folder: Path, space: Space, *, device: str = "auto", batch_size: int = 64) -> None:
        self._folder = folder
        self._space = space
        self._device = device
        self._batch_size = batch_size
        self._room: int | None = None  # known once the network is loaded
        self._network = Lazy(self._load)
        self._in_parts = Lazy(lambda: InParts(choose_device(device)))
        self._turn = threading.Lock()  # the tokenizers in use refuse a second caller while they work

    @property
    def space(self) -> Space:
        return self._space

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        """float32[n, dimension] of unit rows; a text's vector does not depend on its neighbours in the batch."""
        import numpy as np

        if not texts:
            return np.zeros((0, self._space.dimension), dtype=np.float32)
        network = self._network()
        matrix: Matrix = np.empty((len(texts), self._space.dimension), np.float32)
        batches = text_batches(texts, partial(self._tokenised, network), most=self._batch_size, room=self._room)
        for places, rows in self._in_parts().each(partial(self._vectors, network), batches):
            matrix[places] = rows
        # Half precision and models without a Normalize layer leave rows of other lengths.
        matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
        return matrix

    def _tokenised(self, network: Any, texts: list[str]) -> Features:
        if network.default_prompt_name is not None:  # rare; `encode` knows what it is put before
            return {"texts": texts}
        with self._turn:
            called = "preprocess" if hasattr(network, "preprocess") else "tokenize"  # as it was until version 5
            made: Features = getattr(network, called)(texts)
        return made

    def _vectors(self, network: Any, batch: tuple[list[int], Features]) -> tuple[list[int], Matrix]:
        """A batch's places, and float32[n, dimension] rows of any length. Several threads may be at it."""
        import torch

        places, features = batch
        if "texts" in features:
            with self._turn:
                rows: Matrix = network.encode(features["texts"], batch_size=len(places), show_progress_bar=False)
            return places, rows
        with torch.inference_mode():
            there = {name: value.to(network.device) for name, value in features.items() if hasattr(value, "to")}
            found: torch.Tensor = network({**features, **there})["sentence_embedding"]
            return places, found.float().cpu().numpy()

    def encode_tokens(self, texts: Sequence[str]) -> list[Matrix]:
        """For each text the unit vectors of its tokens, float32[tokens, width], the marks of its ends among them."""
        import numpy as np

        if not texts:
            return []
        network = self._network()
        with self._turn:
            found = network.encode(
                list(texts), batch_size=self._batch_size, output_value="token_embeddings", show_progress_bar=False
            )
        matrices = [np.asarray(tokens.float().cpu(), np.float32) for tokens in found]
        return [matrix / np.linalg.norm(matrix, axis=1, keepdims=True) for matrix in matrices]

    def _load(self) -> Any:
        from sentence_transformers import SentenceTransformer

        from .lean_bert import make_lean
        from .packed_linear import pack_linear

        device = choose_device(self._device)
        self._room = PIECES_AT_ONCE if device.type == "cpu" else None
        network = load_network(SentenceTransformer, self._folder, device, called="sentence-transformers model")
        make_lean(network)
        pack_linear(network)
        return network


def find_sentence_model(settings: Settings) -> Path:
    """The folder of `settings.sentence_model`: a folder, else the hub cache, else the hub where that is allowed.

    Raises `ModelUnavailable` with the cure.
    """
    name = settings.sentence_model
    if Path(name).is_dir():
        return Path(name)
    if name == MINILM_NAME:
        return find_minilm(settings)
    folder = cached_snapshot(name)
    if folder is not None and _weights(folder):
        return folder
    if settings.allow_download:
        return fetch_snapshot(name)
    raise ModelUnavailable(
        f"The text encoder {name!r} is not on this machine. Give the folder of its files as sentence_model, "
        "or allow downloads with SENSORIUM_ALLOW_DOWNLOAD=true."
    )


def sentence_space(folder: Path, name: str) -> Space:
    """The space of the model in a folder, read from its files without loading the network.

    Raises `ModelUnavailable` for a folder without safetensors or without a readable description.
    """
    weights = _weights(folder)
    if not weights:
        raise ModelUnavailable(f"{folder} holds no safetensors. Pickled weights are not loaded: convert them first.")
    try:
        dimension = _dimension(folder)
    except (OSError, KeyError, ValueError) as error:
        raise ModelUnavailable(f"{folder} does not describe a sentence-transformers model: {error!r}") from error
    checksums = [file_checksum(path) for path in weights]
    return Space(name, dimension, checksums[0] if len(checksums) == 1 else combined_checksum(checksums))


def _weights(folder: Path) -> list[Path]:
    modules = _modules(folder)
    return sorted(path for module in modules for path in (folder / module).glob("*.safetensors"))


def _modules(folder: Path) -> list[str]:
    description = folder / "modules.json"
    if not description.is_file():
        return [""]  # a plain transformer; the library pools it by its mean
    return [str(module["path"]) for module in json.loads(description.read_text("utf-8"))]


def _dimension(folder: Path) -> int:
    for module in reversed(_modules(folder)):
        path = folder / module / "config.json"
        config = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        for key in ("out_features", "word_embedding_dimension", "embedding_dimension", "hidden_size"):
            if key in config:
                return int(config[key])
    raise KeyError("no module names its dimension")
