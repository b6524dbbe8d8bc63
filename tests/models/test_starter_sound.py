"""The starter's sound encoder, with weights of the right form and no training, through the files it really reads."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from sensorium.errors import ModelUnavailable
from sensorium.models.log_mel import WINDOW as HEARD
from sensorium.models.log_mel import LogMel
from sensorium.models.minilm import MINILM_NAME, MINILM_SHA256
from sensorium.models.profiles import load_models
from sensorium.models.protocols import SoundEncoder
from sensorium.models.sound_tower import SoundTowerConfig, build_sound_tower, load_sound_tower, save_sound_tower
from sensorium.models.starter import starter_space
from sensorium.models.starter_sound import HOP, SPEECH_CLASSES, WINDOW, StarterSoundEncoder, windows_of
from sensorium.settings import Settings
from sensorium.types import SAMPLE_RATE
from tests import spoken

CONFIG = SoundTowerConfig(
    features=32,
    hidden=16,
    output_size=384,
    text_model=MINILM_NAME,
    text_model_sha256=MINILM_SHA256,
    classes=("Bark", *SPEECH_CLASSES),
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("tower") / "starter-sound.safetensors"
    save_sound_tower(path, build_sound_tower(CONFIG), CONFIG)
    return path


@pytest.fixture
def copied(weights, tmp_path):
    for source in (weights, weights.with_suffix(".json")):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    return tmp_path / weights.name


def noise(samples, seed=0):
    return np.random.default_rng(seed).integers(-9000, 9000, samples).astype(np.int16)


SOUNDS = [noise(length, length) for length in (1, 4000, WINDOW, WINDOW + 1, 3 * WINDOW)]


def test_it_is_what_the_engine_asks_for(weights):
    assert isinstance(StarterSoundEncoder(weights), SoundEncoder)
    assert StarterSoundEncoder(weights).window_s == pytest.approx(0.975)
    assert WINDOW == HEARD


def test_windows_overlap_by_half_and_cover_the_sound():
    sound = noise(3 * WINDOW)
    windows = windows_of(sound)
    assert len(windows) == 5
    assert all(np.array_equal(window, sound[n * HOP : n * HOP + WINDOW]) for n, window in enumerate(windows))
    assert [len(window) for window in windows_of(noise(WINDOW + 1))] == [WINDOW, HOP + 1]


def test_silent_windows_say_nothing_of_a_sound():
    bark = noise(HOP)
    with_pause = np.concatenate([bark, np.zeros(4 * WINDOW, np.int16)])
    assert len(windows_of(with_pause)) == 1
    assert len(windows_of(np.zeros(2 * WINDOW, np.int16))) == 1  # something must be heard of silence itself


def test_rows_are_the_mean_of_what_the_tower_says_of_the_windows(weights):
    tower, _ = load_sound_tower(weights)
    rows = StarterSoundEncoder(weights, device="cpu").encode_sounds(SOUNDS)
    assert rows.dtype == np.float32
    for row, sound in zip(rows, SOUNDS, strict=True):
        waves = [np.pad(window, (0, WINDOW - len(window))) for window in windows_of(sound)]
        with torch.inference_mode():
            said = tower(LogMel()(torch.from_numpy(np.stack(waves).astype(np.float32) / 32768)))
        mean = said.vectors.mean(dim=0)
        np.testing.assert_allclose(row, mean / mean.norm(), atol=1e-5)


def test_sounds_are_heard_alike_alone_and_in_batches_of_any_size(weights):
    whole = StarterSoundEncoder(weights, device="cpu").encode_sounds(SOUNDS)
    small = StarterSoundEncoder(weights, device="cpu", batch_size=2)
    np.testing.assert_allclose(small.encode_sounds(SOUNDS), whole, atol=1e-5)
    np.testing.assert_allclose(np.concatenate([small.encode_sounds([sound]) for sound in SOUNDS]), whole, atol=1e-5)


def test_no_sounds_give_no_rows(weights):
    encoder = StarterSoundEncoder(weights, device="cpu")
    assert encoder.encode_sounds([]).shape == (0, 384)
    assert encoder.speech_probability([]).shape == (0,)


def test_speech_is_as_likely_as_in_the_window_that_says_so_most(weights):
    tower, config = load_sound_tower(weights)
    found = StarterSoundEncoder(weights, device="cpu").speech_probability([SOUNDS[-1]])
    with torch.inference_mode():
        logits = tower(LogMel()(torch.from_numpy(np.stack(windows_of(SOUNDS[-1])) / np.float32(32768)))).logits
    speech = logits.sigmoid()[:, [config.classes.index(name) for name in SPEECH_CLASSES]]
    assert found.tolist() == pytest.approx([speech.max().item()], abs=1e-5)


def test_its_weights_are_part_of_the_space(weights):
    assert StarterSoundEncoder(weights).space == starter_space(sounds=weights)
    assert StarterSoundEncoder(weights).space != starter_space()


def test_weights_come_back_as_they_were_saved(weights):
    tower, config = load_sound_tower(weights)
    assert replace(config, sha256="") == CONFIG
    torch.manual_seed(0)
    made = build_sound_tower(CONFIG).state_dict()
    assert all(torch.allclose(made[name], found, atol=1e-3) for name, found in tower.state_dict().items())


def test_damaged_weights_are_refused_with_the_cure(copied):
    copied.write_bytes(copied.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelUnavailable, match=r"has the sha256 .*reinstall"):
        StarterSoundEncoder(copied, device="cpu").encode_sounds(SOUNDS)


def test_weights_of_another_shape_are_refused(copied):
    described = json.loads(copied.with_suffix(".json").read_text()) | {"features": 64}
    copied.with_suffix(".json").write_text(json.dumps(described))
    with pytest.raises(ValueError, match="does not fit its description"):
        load_sound_tower(copied)


def test_weights_without_classes_of_speech_are_refused(tmp_path):
    path = tmp_path / "starter-sound.safetensors"
    config = replace(CONFIG, classes=("Bark",))
    save_sound_tower(path, build_sound_tower(config), config)
    with pytest.raises(ModelUnavailable, match="Speech"):
        StarterSoundEncoder(path, device="cpu").encode_sounds(SOUNDS)


def test_the_shipped_tower_tells_a_tone_from_noise_by_their_names():
    models = load_models(Settings(device="cpu"), "starter")
    try:
        words = models.texts[0].encode_texts(["a sine wave tone", "white noise static"])
    except ModelUnavailable as error:
        pytest.skip(str(error))
    times = np.arange(2 * WINDOW) / SAMPLE_RATE
    tone = (np.sin(2 * np.pi * 1000 * times) * 9000).astype(np.int16)
    sounds = StarterSoundEncoder(device="cpu").encode_sounds([tone, noise(2 * WINDOW)])
    likeness = sounds @ words.T
    assert likeness[0, 0] > likeness[0, 1]
    assert likeness[1, 1] > likeness[1, 0]


def test_the_shipped_tower_hears_speech_in_speech_only():
    said, played, hissed = StarterSoundEncoder(device="cpu").speech_probability(
        [spoken.note(1), spoken.music(4), spoken.noise(4)]
    )
    assert said > 0.5
    assert played < 0.1
    assert hissed < 0.1
