import dataclasses
import importlib.util
import subprocess
import sys

import pytest

from sensorium.errors import ModelUnavailable, UnknownName
from sensorium.models.model_set import ModelSet, Recipe
from sensorium.models.pocketsphinx_transcriber import PocketSphinxTranscriber
from sensorium.models.profiles import load_models, profile, profiles, register_profile
from sensorium.models.whisper_transcriber import WhisperTranscriber
from sensorium.settings import Settings
from sensorium.types import PICTURE_CHANNELS, TEXT_CHANNELS, Channel, Space

SHARED = Space("shared", 8, "shared")
SENTENCES = Space("sentences", 4, "sentences")


class Encoder:
    def __init__(self, space):
        self.space = space


def two_spaces(made=None):
    """A set shaped as `open_clip` is; `made` collects what was built."""
    made = [] if made is None else made

    def build(space):
        made.append(space.name)
        return Encoder(space)

    return ModelSet(
        "two",
        Recipe(pictures=lambda: build(SHARED), texts=(lambda: build(SENTENCES), lambda: build(SHARED))),
    )


def test_pictures_get_vectors_in_the_shared_space_and_words_in_both():
    models = two_spaces()
    assert all(models.spaces_for(channel) == (SHARED,) for channel in PICTURE_CHANNELS)
    assert all(models.spaces_for(channel) == (SENTENCES, SHARED) for channel in TEXT_CHANNELS)
    assert models.spaces_for(Channel.SOUND) == ()


def test_the_encoder_for_a_space_is_the_one_that_writes_into_it():
    models = two_spaces()
    assert models.text_encoder_for(SENTENCES) is models.texts[0]
    assert models.text_encoder_for(SHARED) is models.texts[1]
    stranger = dataclasses.replace(SHARED, checksum="other weights")
    with pytest.raises(UnknownName, match="Known: sentences, shared"):
        models.text_encoder_for(stranger)


def test_each_model_is_built_once_when_first_asked_for():
    made = []
    models = two_spaces(made)
    assert made == []
    assert models.spaces_for(Channel.PICTURE) == models.spaces_for(Channel.FRAME)
    assert made == ["shared"]
    assert models.texts == models.texts
    assert made == ["shared", "sentences", "shared"]
    assert models.sound is None
    assert models.transcriber is None


def test_a_model_of_sound_gives_sounds_a_space():
    hearing = Space("hearing", 2, "hearing")
    models = ModelSet("x", Recipe(pictures=lambda: Encoder(SHARED), texts=(), sound=lambda: Encoder(hearing)))
    assert models.spaces_for(Channel.SOUND) == (hearing,)


def test_the_built_in_profiles_come_first_and_say_what_they_are():
    names = [each.name for each in profiles()]
    assert names[:2] == ["starter", "open_clip"]
    assert all(each.summary and each.licence and each.size_mb for each in profiles()[:2])


def test_an_unknown_profile_is_named_with_the_known_ones():
    with pytest.raises(UnknownName, match=r"'best'.*open_clip.*starter"):
        load_models(Settings(), "best")


def test_a_registered_profile_is_made_from_the_settings():
    seen = []

    def build(settings):
        seen.append(settings.batch_size)
        return Recipe(pictures=lambda: Encoder(SHARED), texts=(lambda: Encoder(SHARED),))

    register_profile("mine", build, summary="mine")
    models = load_models(Settings(batch_size=7), "mine")
    assert (profile("mine").summary, models.name, seen) == ("mine", "mine", [7])
    assert models.pictures.space == models.texts[0].space == SHARED


@pytest.fixture
def no_whisper(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_speech_goes_to_pocketsphinx_where_whispers_weights_are_missing(no_whisper):
    assert isinstance(load_models(Settings(), "starter").transcriber, PocketSphinxTranscriber)
    assert load_models(Settings(transcriber="none"), "starter").transcriber is None
    with pytest.raises(ModelUnavailable, match="whisper_model"):
        _ = load_models(Settings(transcriber="whisper"), "starter").transcriber


def test_speech_goes_to_whisper_where_its_weights_are_here(no_whisper):
    (no_whisper / "whisper").mkdir()
    (no_whisper / "whisper" / "base.pt").write_bytes(b"weights")
    assert isinstance(load_models(Settings(), "starter").transcriber, WhisperTranscriber)
    chosen = load_models(Settings(transcriber="pocketsphinx"), "starter").transcriber
    assert isinstance(chosen, PocketSphinxTranscriber)


def test_the_description_says_what_is_missing_and_how_to_get_it(no_whisper, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(no_whisper))
    lines = load_models(Settings(sentence_model="nobody/nothing"), "open_clip").describe()
    assert [line.role for line in lines] == ["picture and text", "text", "speech", "speech", "text in pictures"]
    shared, text, whisper, sphinx, ocr = lines
    assert not shared.available
    assert "open_clip_weights" in shared.cure
    assert not text.available
    assert "sentence_model" in text.cure
    assert not whisper.available
    assert (whisper.name, whisper.size_mb) == ("whisper-base", 145)
    assert sphinx.available
    assert sphinx.cure == ""
    assert (ocr.name, ocr.available) == ("rapidocr", importlib.util.find_spec("rapidocr") is not None)


def test_knowing_the_profiles_imports_nothing_heavy():
    program = (
        "import sys, sensorium.models.profiles as p; from sensorium.settings import Settings; "
        "p.load_models(Settings(), 'starter'); p.load_models(Settings(), 'open_clip'); "
        "heavy = {'torch', 'numpy', 'PIL', 'transformers', 'open_clip', 'whisper'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
