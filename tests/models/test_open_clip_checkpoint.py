import json

import open_clip
import pytest

from sensorium.models.open_clip_checkpoint import find_checkpoint, picture_preparation, wants_quick_gelu

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
