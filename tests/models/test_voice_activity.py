import subprocess
import sys

import numpy as np
import pytest
import torch

from sensorium.models import voice_activity
from sensorium.models.voice_activity import STEP, speech_probabilities, weights_path
from sensorium.types import SAMPLE_RATE
from tests.spoken import noise, note, pause

ENCODER = {f"encoder.{n}.reparam_conv.{part}": f"conv{n + 1}.{part}" for n in range(4) for part in ("weight", "bias")}
RECURRENT = {f"decoder.rnn.{each}": f"lstm_cell.{each}" for each in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
PUBLISHED = {
    "stft.forward_basis_buffer": "stft_conv.weight",
    **ENCODER,
    **RECURRENT,
    "decoder.decoder.2.weight": "final_conv.weight",
    "decoder.decoder.2.bias": "final_conv.bias",
}


def test_the_network_computes_what_its_authors_compute():
    """Their own network, with its weights, against ours with the same weights."""
    published = torch.jit.load(str(weights_path().with_name("silero_vad.jit")))
    state = published.state_dict()
    weights = {ours: state[f"_model.{theirs}"].numpy() for theirs, ours in PUBLISHED.items()}
    sound = np.concatenate([note(1)[: 3 * SAMPLE_RATE], noise(1)])
    steps = np.pad(sound.astype(np.float32) / 32768, (0, -len(sound) % STEP)).reshape(-1, STEP)
    expected = [published(torch.from_numpy(step), SAMPLE_RATE).item() for step in steps]

    contexts = np.vstack([np.zeros((1, 64), np.float32), steps[:-1, -64:]])
    state = (np.zeros(128, np.float32), np.zeros(128, np.float32))
    found, _ = voice_activity._Network(weights).run(np.hstack([contexts, steps]), state)
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_speech_is_likely_where_somebody_speaks_and_nowhere_else():
    probabilities = speech_probabilities(np.concatenate([pause(2), note(1)[: 4 * SAMPLE_RATE], noise(2)]))
    seconds = np.arange(len(probabilities)) * STEP / SAMPLE_RATE
    assert probabilities[seconds < 1.9].max() < 0.3
    assert np.median(probabilities[(seconds > 2.1) & (seconds < 5.9)]) > 0.9
    assert probabilities[seconds > 6.6].max() < 0.3


def test_a_long_sound_is_heard_as_one_although_it_is_computed_in_blocks():
    sound = np.concatenate([note(1), note(2), note(3)])
    assert len(sound) > voice_activity._BLOCK * STEP
    whole = speech_probabilities(sound)
    assert len(whole) == -(-len(sound) // STEP)
    head = speech_probabilities(sound[: 20 * SAMPLE_RATE])
    np.testing.assert_allclose(whole[: len(head) - 1], head[:-1], atol=1e-5)


def test_no_samples_have_no_probabilities():
    assert speech_probabilities(np.zeros(0, np.int16)).shape == (0,)


@pytest.mark.parametrize("module", ["torch", "silero_vad"])
def test_a_decoding_process_that_listens_imports_no_torch(module):
    program = (
        "import sys, numpy; from sensorium.models.voice_activity import speech_probabilities as p; "
        f"p(numpy.zeros(16000, dtype=numpy.int16)); assert {module!r} not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
