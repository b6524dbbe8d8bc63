import json
import os
import subprocess
import sys

import open_clip
import pytest

from sensorium.models.open_clip_checkpoint import (
    _REPOSITORIES,
    find_checkpoint,
    glance_at_checkpoint,
    picture_preparation,
    wants_quick_gelu,
)

SIGLIP_MEAN = (0.5, 0.5, 0.5)


def test_a_tag_brings_the_preparation_it_was_trained_with(tmp_path):
    prepared = picture_preparation("ViT-B-16-SigLIP2-256", "webli", tmp_path / "any.safetensors")
    assert (prepared["mean"], prepared["resize_mode"]) == (SIGLIP_MEAN, "squash")


def test_a_local_file_is_prepared_as_the_architectures_known_weights_agree(tmp_path):
    checkpoint = tmp_path / "mine.safetensors"
    prepared = picture_preparation("ViT-B-16-SigLIP2-256", str(checkpoint), checkpoint)
    assert (prepared["mean"], prepared["resize_mode"]) == (SIGLIP_MEAN, "squash")


def test_the_description_beside_a_local_file_says_how_to_prepare(tmp_path):
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"preprocess_cfg": {"mean": [0.1, 0.2, 0.3]}}))
    checkpoint = tmp_path / "mine.safetensors"
    assert picture_preparation("ViT-B-16-SigLIP2-256", str(checkpoint), checkpoint) == {"mean": [0.1, 0.2, 0.3]}


def test_weights_trained_with_the_quick_activation_are_known():
    assert wants_quick_gelu("ViT-B-32", "openai")
    assert not wants_quick_gelu("ViT-B-32", "laion2b_s34b_b79k")


@pytest.mark.parametrize(
    ("tag", "stored"),
    [("laion2b_s34b_b79k", "open_clip_model.safetensors"), ("laion2b_s34b_b79k", "open_clip_pytorch_model.bin")],
)
def test_weights_in_the_local_hub_cache_are_found_without_the_network(tmp_path, monkeypatch, tag, stored):
    repository = open_clip.get_pretrained_cfg("ViT-B-32", tag)["hf_hub"].strip("/")
    cache = tmp_path / ("models--" + repository.replace("/", "--"))
    (cache / "refs").mkdir(parents=True)
    (cache / "refs" / "main").write_text("abc")
    (cache / "snapshots" / "abc").mkdir(parents=True)
    (cache / "snapshots" / "abc" / stored).write_bytes(b"weights")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    found = find_checkpoint("ViT-B-32", tag, allow_download=False)
    assert found.read_bytes() == b"weights"


def test_the_recommended_weights_are_where_open_clip_fetches_them():
    for (name, tag), repository in _REPOSITORIES.items():
        assert open_clip.get_pretrained_cfg(name, tag)["hf_hub"].rstrip("/") == repository


def test_a_glance_finds_a_file_that_is_there(tmp_path):
    weights = tmp_path / "weights.safetensors"
    weights.touch()
    assert glance_at_checkpoint("ViT-B-32", str(weights)) == weights


def test_listing_the_models_loads_none_of_them_and_names_the_cure_for_what_is_missing(tmp_path):
    code = (
        "import sys\nfrom sensorium.models.profiles import load_models, profiles\n"
        "from sensorium.settings import Settings\n"
        "told = [status for one in profiles() for status in load_models(Settings(), one.name).describe()]\n"
        "print(sorted({'torch', 'open_clip', 'whisper', 'transformers'} & set(sys.modules)))\n"
        "print(next(status.cure for status in told if status.name.startswith('ViT-B-16-SigLIP2')))"
    )
    environment = {**os.environ, "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    loaded, cure = done.stdout.splitlines()
    assert loaded == "[]"
    assert "not on this machine" in cure
