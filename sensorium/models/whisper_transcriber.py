"""Speech to text with OpenAI's Whisper."""

from __future__ import annotations

import os
import pickle
import re
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorium.errors import ModelUnavailable
from sensorium.types import SAMPLE_RATE

from .checksums import file_checksum
from .device import choose_device, precision_for
from .lazy import Lazy
from .protocols import Utterance
from .speech_spans import speech_spans
from .whisper_windows import Spoken, WindowDecoder

if TYPE_CHECKING:
    from sensorium.types import Samples

_ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}
_SIZES_MB = {"tiny": 76, "base": 145, "small": 484, "medium": 1528, "large-v3-turbo": 1617}
_LARGE_MB = 3087

_BATCH = {"cuda": 16, "mps": 4}  # windows of 30 s; a processor has its hands full with one
_REPEATS = re.compile(r"\b((?:[\w']+\W+){0,5}?[\w']+)(?:\W+\1\b){2,}", re.IGNORECASE)


class WhisperTranscriber:
    """A `Transcriber` over a file of Whisper weights, loaded at the first speech. The language is detected."""

    runs_in_worker = False  # every worker would load its own copy, and queue for the same accelerator

    def __init__(self, checkpoint: Path, *, device: str = "auto") -> None:
        self._checkpoint = checkpoint
        self._device = device
        self._decoder = Lazy(self._load)
        self._turn = threading.Lock()  # decoding leaves its memory of a window in the model

    @property
    def name(self) -> str:
        return f"whisper-{self._checkpoint.stem}"

    @property
    def checksum(self) -> str:
        return file_checksum(self._checkpoint)

    def transcribe(self, samples: Samples) -> tuple[Utterance, ...]:
        """Utterances in order. Only what is speech is listened to; what Whisper makes up is left out, see
        `utterances_from`.
        """
        spans = speech_spans(samples)
        if not spans:
            return ()
        with self._turn:
            spoken, language = self._decoder().run(samples, spans)
        return utterances_from(spoken, len(samples) / SAMPLE_RATE, language=language)

    def _load(self) -> WindowDecoder:
        import torch
        from whisper.model import ModelDimensions, Whisper

        device = choose_device(self._device)
        half = precision_for(device) is torch.float16
        state = load_plain(self._checkpoint)
        try:
            model = Whisper(ModelDimensions(**state["dims"]))
            model.load_state_dict(state["model_state_dict"])
        except (KeyError, TypeError, RuntimeError) as error:
            raise ModelUnavailable(f"{self._checkpoint} is not a checkpoint of Whisper: {error}") from error
        return WindowDecoder(model.to(device).eval(), half, _BATCH.get(torch.device(device).type, 1))


def load_plain(checkpoint: Path) -> dict[str, Any]:
    """The checkpoint's tensors and numbers, on the CPU. Raises `ModelUnavailable` for a file with pickled objects.

    Whisper's own `load_model` left that check to torch's default before 2025.
    """
    import torch

    try:
        state: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise ModelUnavailable(
            f"{checkpoint} is damaged or holds pickled Python objects, which can run any code, and is not loaded. "
            "Fetch the published file, or save its weights as a plain state dict."
        ) from error
    return state


def utterances_from(spoken: Iterable[Spoken], duration_s: float, *, language: str = "") -> tuple[Utterance, ...]:
    """What Whisper says as utterances, in order, inside the sound, none overlapping.

    Left out is what it does not believe to be speech (`no_speech` > 0.6 with a mean log probability below -1) and what
    repeats itself (compression ratio > 2.4, its authors' own thresholds); three or more copies of up to six words in a
    row are cut to one.
    """
    found: list[Utterance] = []
    for part in spoken:
        text = " ".join(_REPEATS.sub(r"\1", part.text).split())
        start_s = max(part.start_s, found[-1].end_s if found else 0.0)
        end_s = min(part.end_s, duration_s)
        if not part.is_silence and not part.repeats_itself and text and start_s < end_s:
            found.append(Utterance(start_s, end_s, text, language))
    return tuple(found)


def find_whisper(name: str, *, allow_download: bool = False) -> Path:
    """The file of a Whisper model: a path, else Whisper's cache folder, else the net where that is allowed.

    Raises `ModelUnavailable` with the cure.
    """
    if Path(name).is_file():
        return Path(name)
    cached = _cache_folder() / f"{_ALIASES.get(name, name)}.pt"
    if cached.is_file():
        return cached
    if not allow_download:
        raise ModelUnavailable(
            f"The Whisper model {name!r} is neither a file nor in {cached.parent}. Give the path of a checkpoint as "
            "whisper_model, or allow downloads with SENSORIUM_ALLOW_DOWNLOAD=true."
        )
    return _fetch(name, cached)


def whisper_size_mb(name: str) -> float:
    """Size of the model's file, in MB; of one that is not here the published size."""
    try:
        return find_whisper(name).stat().st_size / 1e6
    except ModelUnavailable:
        return float(_SIZES_MB.get(_ALIASES.get(name, name).removesuffix(".en"), _LARGE_MB))


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whisper"


def _fetch(name: str, target: Path) -> Path:
    import torch
    import whisper

    url = whisper._MODELS.get(name)  # the only place that holds the published addresses and checksums
    if url is None:
        known = ", ".join(whisper.available_models())
        raise ModelUnavailable(f"whisper_model = {name!r} is neither a file nor a model. Known: {known}.")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        torch.hub.download_url_to_file(url, str(target), hash_prefix=url.split("/")[-2], progress=False)
    except (OSError, RuntimeError) as error:
        raise ModelUnavailable(f"The Whisper model {name!r} could not be fetched: {error}") from error
    return target
