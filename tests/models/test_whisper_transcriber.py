"""A real Whisper, tiny and with random weights, loaded by the path that a published checkpoint takes."""

import dataclasses

import numpy as np
import pytest
import torch
from whisper.model import ModelDimensions, Whisper

from sensorium.errors import ModelUnavailable
from sensorium.models.checksums import file_checksum
from sensorium.models.protocols import Transcriber, Utterance
from sensorium.models.whisper_transcriber import (
    WhisperTranscriber,
    find_whisper,
    load_plain,
    utterances_from,
    whisper_size_mb,
)
from sensorium.models.whisper_windows import Spoken
from tests.spoken import music, noise, note

DIMENSIONS = ModelDimensions(
    n_mels=80, n_audio_ctx=1500, n_audio_state=64, n_audio_head=2, n_audio_layer=1,
    n_vocab=51865, n_text_ctx=32, n_text_state=64, n_text_head=2, n_text_layer=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("whisper") / "tiny-random.pt"
    model = Whisper(DIMENSIONS)
    torch.nn.init.normal_(model.decoder.positional_embedding, std=0.02)  # Whisper leaves it uninitialised
    state = model.state_dict()
    torch.save({"dims": dataclasses.asdict(DIMENSIONS), "model_state_dict": state}, path)
    return path


def segment(start, end, text, **marks):
    sure = {"no_speech": 0.1, "logprob": -0.3, "compression": 1.5}
    return Spoken(start, end, text, **{**sure, **marks})


def test_the_network_is_the_one_that_was_saved(checkpoint):
    transcriber = WhisperTranscriber(checkpoint, device="cpu")
    loaded = transcriber._decoder().model.state_dict()
    saved = torch.load(checkpoint, weights_only=True)["model_state_dict"]
    assert loaded.keys() == saved.keys()
    assert all(torch.equal(loaded[key], saved[key]) for key in saved)


def test_speech_goes_through_the_whole_model(checkpoint):
    transcriber = WhisperTranscriber(checkpoint, device="cpu")
    found = transcriber.transcribe(note(1)[:48_000])
    assert all(0 <= each.start_s < each.end_s <= 3.0 for each in found)


def test_sounds_that_are_no_speech_do_not_even_load_the_model(tmp_path):
    transcriber = WhisperTranscriber(tmp_path / "there is none.pt", device="cpu")
    assert transcriber.transcribe(music(5)) == ()
    assert transcriber.transcribe(noise(3)) == ()


def test_no_samples_have_no_utterances(checkpoint):
    assert WhisperTranscriber(checkpoint, device="cpu").transcribe(np.zeros(0, dtype=np.int16)) == ()


def test_it_says_who_it_is(checkpoint):
    transcriber = WhisperTranscriber(checkpoint)
    assert isinstance(transcriber, Transcriber)
    assert transcriber.name == "whisper-tiny-random"
    assert transcriber.checksum == file_checksum(checkpoint)


def test_utterances_are_in_order_inside_the_sound_and_do_not_overlap():
    segments = [segment(0.0, 2.0, " one"), segment(1.5, 3.0, " two  words "), segment(3.0, 30.0, "three")]
    assert utterances_from(segments, 4.0) == (
        Utterance(0.0, 2.0, "one"),
        Utterance(2.0, 3.0, "two words"),
        Utterance(3.0, 4.0, "three"),
    )


def test_what_is_made_up_over_silence_is_left_out():
    made_up = segment(0.0, 2.0, "Thank you.", no_speech=0.9, logprob=-1.4)
    sure = segment(2.0, 4.0, "a quiet voice", no_speech=0.9, logprob=-0.2)
    assert [each.text for each in utterances_from([made_up, sure], 4.0)] == ["a quiet voice"]


def test_loops_are_left_out_or_cut_to_one_copy():
    loop = segment(0.0, 2.0, "la " * 60, compression=9.0)
    stutter = segment(2.0, 4.0, "and then the end, the end, the end, The end of it")
    twice = segment(4.0, 6.0, "bye bye")
    assert [each.text for each in utterances_from([loop, stutter, twice], 6.0)] == [
        "and then the end of it",
        "bye bye",
    ]


def test_a_segment_after_the_end_of_the_sound_or_without_words_is_left_out():
    assert utterances_from([segment(5.0, 6.0, "late"), segment(0.0, 1.0, "  ")], 4.0) == ()


class Trap:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return type(self.mark).touch, (self.mark,)


def test_a_pickled_checkpoint_is_refused_and_its_code_does_not_run(tmp_path):
    torch.save({"dims": {}, "model_state_dict": Trap(tmp_path / "ran")}, tmp_path / "trap.pt")
    with pytest.raises(ModelUnavailable, match=r"trap\.pt is damaged or holds pickled Python objects"):
        load_plain(tmp_path / "trap.pt")
    assert not (tmp_path / "ran").exists()


def test_a_checkpoint_of_something_else_is_named(tmp_path):
    torch.save({"weight": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(ModelUnavailable, match=r"other\.pt is not a checkpoint of Whisper"):
        WhisperTranscriber(tmp_path / "other.pt", device="cpu").transcribe(note(1)[:48_000])


def test_a_model_is_looked_for_in_whispers_own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ModelUnavailable, match=r"'turbo'.*whisper_model.*SENSORIUM_ALLOW_DOWNLOAD"):
        find_whisper("turbo")
    assert whisper_size_mb("turbo") == 1617
    assert whisper_size_mb("base.en") == 145
    (tmp_path / "whisper").mkdir()
    (tmp_path / "whisper" / "large-v3-turbo.pt").write_bytes(b"x" * 2_000_000)
    assert find_whisper("turbo") == tmp_path / "whisper" / "large-v3-turbo.pt"
    assert whisper_size_mb("turbo") == 2.0


def test_a_name_that_is_no_model_is_refused_before_anything_is_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ModelUnavailable, match=r"'bass' is neither a file nor a model\. Known: .*base"):
        find_whisper("bass", allow_download=True)
