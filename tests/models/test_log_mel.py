"""The front end is YAMNet's: checked against its definition and, where it is at hand, a published YAMNet itself."""

from pathlib import Path

import numpy as np
import pytest
import torch

from sensorium.models.log_mel import BANDS, FLOOR, PATCH, RATE, WINDOW, LogMel, mel_matrix

YAMNET = Path(__file__).parents[3] / "shared/teachers/yamnet/yamnet_audio_classifier_with_metadata.tflite"
MEL_WEIGHTS, LOG_MEL = 22, 25  # tensors of its graph


def test_a_window_gives_one_patch():
    assert LogMel()(torch.zeros(2, WINDOW)).shape == (2, PATCH, BANDS)


def test_silence_is_the_logarithm_of_the_floor():
    assert LogMel()(torch.zeros(1, WINDOW)).numpy() == pytest.approx(np.log(FLOOR))


@pytest.mark.parametrize("hertz", [200, 440, 1000, 3000, 7000])
def test_a_tone_is_strongest_in_the_band_around_it(hertz):
    times = torch.arange(WINDOW) / RATE
    patch = LogMel()(torch.sin(2 * torch.pi * hertz * times)[None])[0]
    # The bands' centres: equally spaced in mel = 1127 ln(1 + Hz / 700) between 125 and 7,500 Hz.
    low, high = 1127 * np.log1p(125 / 700), 1127 * np.log1p(7500 / 700)
    place = (1127 * np.log1p(hertz / 700) - low) / (high - low) * (BANDS + 1) - 1
    assert abs(patch.mean(dim=0).argmax().item() - place) <= 1


def test_neighbouring_bands_share_every_frequency_between_them():
    weights = mel_matrix()
    inside = weights[(np.arange(257) * RATE / 512 > 200) & (np.arange(257) * RATE / 512 < 7000)]
    np.testing.assert_allclose(inside.sum(axis=1), 1, atol=1e-6)
    assert (np.count_nonzero(inside, axis=1) <= 2).all()


def test_it_hears_what_yamnet_hears():
    if not YAMNET.is_file():
        pytest.skip(f"{YAMNET} is not here")
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    yamnet = litert.Interpreter(str(YAMNET), experimental_preserve_all_tensors=True)
    yamnet.allocate_tensors()
    wave = np.random.default_rng(0).normal(0, 0.1, WINDOW).astype(np.float32)
    wave *= np.linspace(0, 1, WINDOW, dtype=np.float32)  # so that a frame out of place would show
    yamnet.set_tensor(yamnet.get_input_details()[0]["index"], wave)
    yamnet.invoke()
    np.testing.assert_array_equal(mel_matrix().T, yamnet.get_tensor(MEL_WEIGHTS))
    np.testing.assert_allclose(LogMel()(torch.from_numpy(wave)[None])[0], yamnet.get_tensor(LOG_MEL), atol=1e-3)
