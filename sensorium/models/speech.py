"""Which transcriber the settings mean, on this machine."""

from __future__ import annotations

from pathlib import Path

from sensorium.errors import ModelUnavailable
from sensorium.settings import Settings

from .model_set import ModelStatus
from .pocketsphinx_transcriber import PocketSphinxTranscriber
from .protocols import Transcriber
from .whisper_transcriber import WhisperTranscriber, find_whisper, whisper_size_mb


def choose_transcriber(settings: Settings) -> Transcriber | None:
    """`auto` is Whisper where its weights are here or may be fetched, else PocketSphinx; `none` is None.

    Raises `ModelUnavailable` for Whisper asked by name without weights.
    """
    if settings.transcriber == "none":
        return None
    if settings.transcriber == "pocketsphinx":
        return PocketSphinxTranscriber()
    try:
        checkpoint = find_whisper(settings.whisper_model, allow_download=settings.allow_download)
    except ModelUnavailable:
        if settings.transcriber == "whisper":
            raise
        return PocketSphinxTranscriber()
    return WhisperTranscriber(checkpoint, device=settings.device)


def speech_statuses(settings: Settings) -> tuple[ModelStatus, ...]:
    """The transcribers that the settings allow, best first. Loads nothing and fetches nothing."""
    statuses = []
    if settings.transcriber in ("auto", "whisper"):
        try:
            find_whisper(settings.whisper_model)
            cure = ""
        except ModelUnavailable as error:
            cure = str(error)
        name = f"whisper-{Path(settings.whisper_model).stem}"
        size_mb = whisper_size_mb(settings.whisper_model)
        statuses.append(ModelStatus("speech", name, "MIT", size_mb, not cure, cure))
    if settings.transcriber in ("auto", "pocketsphinx"):
        statuses.append(ModelStatus("speech", PocketSphinxTranscriber.name, "BSD-2-Clause", 37.8, available=True))
    return tuple(statuses)
