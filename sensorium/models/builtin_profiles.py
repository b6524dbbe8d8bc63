"""How the built-in profiles are made from the settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from sensorium.errors import ModelUnavailable
from sensorium.settings import Settings
from sensorium.types import Space

from .depiction import load_depiction
from .lazy import Lazy
from .minilm import MINILM_NAME, MINILM_SHA256, find_minilm
from .model_set import ModelStatus, Recipe
from .open_clip_checkpoint import glance_at_checkpoint
from .open_clip_encoder import OpenClipEncoder, OpenClipModel
from .reading import choose_text_reader, reading_statuses
from .sentence_encoder import SentenceEncoder, find_sentence_model, sentence_space
from .speech import choose_transcriber, speech_statuses
from .starter import STARTER_SOUND_WEIGHTS, STARTER_WEIGHTS, StarterPictureEncoder, starter_space
from .starter_sound import StarterSoundEncoder

_MINILM_MB = 90.9
_STARTER_MB = 14.5
_STARTER_SOUND_MB = 4.3
_TAG_MB = {"ViT-B-16-SigLIP2-256": 1500.0, "ViT-B-32": 605.0}  # what the two recommended downloads weigh


def starter(settings: Settings) -> Recipe:
    """Words by MiniLM, pictures and sounds by our own towers, in one space for every channel."""

    def texts() -> SentenceEncoder:
        folder = find_minilm(settings)
        return SentenceEncoder(folder, starter_space(), device=settings.device, batch_size=settings.batch_size)

    def statuses() -> tuple[ModelStatus, ...]:
        words = _status("text", MINILM_NAME, "Apache-2.0", partial(_weights_in, find_minilm, settings), _MINILM_MB)
        pictures = _tower_status("picture", STARTER_WEIGHTS, _STARTER_MB)
        sounds = _tower_status("sound", STARTER_SOUND_WEIGHTS, _STARTER_SOUND_MB)
        return (words, pictures, sounds, *speech_statuses(settings), *reading_statuses(settings))

    return Recipe(
        pictures=lambda: StarterPictureEncoder(device=settings.device, batch_size=settings.batch_size),
        texts=(texts,),
        depiction=lambda: load_depiction(starter_space(), MINILM_SHA256),
        sound=lambda: StarterSoundEncoder(device=settings.device, batch_size=settings.batch_size),
        transcriber=lambda: choose_transcriber(settings),
        text_reader=lambda: choose_text_reader(settings),
        statuses=statuses,
    )


def open_clip(settings: Settings) -> Recipe:
    """An open_clip model for pictures and words in one space, and a sentence encoder for text against text."""
    which = OpenClipModel(settings.open_clip_model, settings.open_clip_weights, settings.allow_download)
    both = Lazy(lambda: OpenClipEncoder(which, device=settings.device, batch_size=settings.batch_size))

    def sentence_model() -> Space:
        return sentence_space(find_sentence_model(settings), settings.sentence_model)

    def sentences() -> SentenceEncoder:
        folder = find_sentence_model(settings)
        return SentenceEncoder(folder, sentence_model(), device=settings.device, batch_size=settings.batch_size)

    def statuses() -> tuple[ModelStatus, ...]:
        name = f"{which.name} ({Path(which.weights).name})"
        shared = _status("picture and text", name, "see its model card", _checkpoint, _TAG_MB.get(which.name, 0.0))
        text = _status("text", settings.sentence_model, "see its model card", _sentence_file, _MINILM_MB)
        return (shared, text, *speech_statuses(settings), *reading_statuses(settings))

    def _checkpoint() -> Path:
        return glance_at_checkpoint(which.name, which.weights)

    def _sentence_file() -> Path:
        return _weights_in(find_sentence_model, settings)

    return Recipe(
        pictures=both,
        texts=(sentences, both),
        depiction=lambda: load_depiction(sentence_model(), sentence_model().checksum),
        transcriber=lambda: choose_transcriber(settings),
        text_reader=lambda: choose_text_reader(settings),
        statuses=statuses,
    )


def _tower_status(role: str, weights: Path, size_mb: float) -> ModelStatus:
    def find() -> Path:
        starter_space()  # towers of one release go together
        return weights

    return _status(role, weights.stem, "Apache-2.0", find, size_mb)


def _weights_in(find: Callable[[Settings], Path], settings: Settings) -> Path:
    folder = find(settings.model_copy(update={"allow_download": False}))
    return next(folder.rglob("*.safetensors"), folder)


def _status(role: str, name: str, licence: str, find: Callable[[], Path], size_mb: float) -> ModelStatus:
    """`find` answers with the file of weights or raises; `size_mb` is said of one that is not here."""
    try:
        here_mb = find().stat().st_size / 1e6
    except ModelUnavailable as error:
        return ModelStatus(role, name, licence, size_mb, available=False, cure=str(error))
    return ModelStatus(role, name, licence, here_mb, available=True)
