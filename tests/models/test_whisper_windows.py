"""A real Whisper, tiny and with random weights: what it says is babble, but the same babble as by its authors' code."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import whisper
from whisper.model import ModelDimensions, Whisper
from whisper.tokenizer import get_tokenizer

from sensorium.models.whisper_windows import WindowDecoder, join_spans
from sensorium.types import SAMPLE_RATE
from tests.spoken import note

DIMENSIONS = ModelDimensions(
    n_mels=80, n_audio_ctx=1500, n_audio_state=64, n_audio_head=2, n_audio_layer=1,
    n_vocab=51865, n_text_ctx=64, n_text_state=64, n_text_head=2, n_text_layer=1,
)  # fmt: skip
STAMP = get_tokenizer(True, num_languages=99).timestamp_begin


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(3)
    model = Whisper(DIMENSIONS)
    for part in (model.decoder.positional_embedding, model.decoder.token_embedding.weight):
        torch.nn.init.normal_(part, std=0.5)
    return model.eval()


def seconds(*spans):
    return [(round(start * SAMPLE_RATE), round(end * SAMPLE_RATE)) for start, end in spans]


def test_neighbours_share_a_window_and_pauses_part_them():
    assert join_spans(seconds((0, 3), (4, 9), (20, 25))) == seconds((0, 9), (20, 25))
    assert join_spans(seconds((0, 20), (20, 29), (29, 35))) == seconds((0, 29), (29, 35))
    assert join_spans([]) == []


def test_a_window_is_decoded_as_its_authors_do(model):
    sound = note(1)
    expected = whisper.transcribe(
        model, sound.astype(np.float32) / 32768, temperature=0.0, language="en", condition_on_previous_text=False,
        fp16=False, no_speech_threshold=None,
    )["segments"]  # fmt: skip
    decoder = WindowDecoder(model, half=False, batch=1, temperatures=(0.0,))
    mels = decoder._mels(sound, [(0, len(sound))])
    (result,) = decoder._decode(mels, "en", 0.0)
    assert set(expected[0]["tokens"]) <= set(result.tokens)
    assert expected[0]["text"] in whisper.tokenizer.get_tokenizer(True).decode(result.tokens)
    assert result.avg_logprob == pytest.approx(expected[0]["avg_logprob"], abs=1e-4)


def test_a_batch_says_what_each_window_says_alone(model):
    sound = np.concatenate([note(1), note(2), note(3)])
    windows = seconds((0, 9), (14, 22), (27, 34))
    alone, language = WindowDecoder(model, half=False, batch=1, temperatures=(0.0,)).run(sound, windows)
    together, _ = WindowDecoder(model, half=False, batch=3, temperatures=(0.0,)).run(sound, windows)
    assert alone
    assert [part.text for part in together] == [part.text for part in alone]
    assert [part.start_s for part in together] == pytest.approx([part.start_s for part in alone])
    assert language in get_tokenizer(True, num_languages=99).all_language_codes


def result(tokens, **marks):
    sure = {"no_speech_prob": 0.1, "avg_logprob": -0.3, "compression_ratio": 1.5}
    return SimpleNamespace(tokens=tokens, **{**sure, **marks})


def test_time_stamps_part_what_is_said_and_count_from_the_window(model):
    decoder = WindowDecoder(model, half=False, batch=1)
    tokenizer = get_tokenizer(True, num_languages=99)
    one, two = tokenizer.encode(" one"), tokenizer.encode(" two")
    window = (10 * SAMPLE_RATE, 20 * SAMPLE_RATE)
    stamps = [STAMP, *one, STAMP + 100, STAMP + 150, *two, STAMP + 250]
    parts, heard_to = decoder._parts(window, result(stamps))
    assert [(part.start_s, part.end_s, part.text) for part in parts] == [(10.0, 12.0, " one"), (13.0, 15.0, " two")]
    assert heard_to == window[1]  # a single stamp says that nothing follows
    parts, heard_to = decoder._parts(window, result([*stamps, STAMP + 250]))
    assert heard_to == 15 * SAMPLE_RATE  # two say that something does
    parts, heard_to = decoder._parts(window, result([STAMP, *one]))
    assert [(part.start_s, part.end_s) for part in parts] == [(10.0, 20.0)]
    assert heard_to == window[1]


class Rambling(WindowDecoder):
    """Its windows are rambled about until the temperature is 0.4."""

    def _decode(self, mels, language, temperature):
        return [result([], compression_ratio=9.0 if temperature < 0.4 else 1.5, temperature=temperature)]


def test_a_window_that_rambles_is_decoded_at_a_higher_temperature(model):
    decoder = Rambling(model, half=False, batch=1)
    first = result([], compression_ratio=9.0)
    assert decoder._surest(torch.zeros(80, 3000), first, "en").temperature == 0.4
    silence = result([], compression_ratio=9.0, no_speech_prob=0.9, avg_logprob=-2.0)
    assert decoder._surest(torch.zeros(80, 3000), silence, "en") is silence
