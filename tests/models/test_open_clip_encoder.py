"""Real architectures, small and with random weights, loaded by the path that a downloaded checkpoint takes."""

import json
import shutil

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from sensorium.errors import ModelUnavailable
from sensorium.models.checksums import file_checksum
from sensorium.models.minilm import find_minilm
from sensorium.models.open_clip_encoder import OpenClipEncoder, OpenClipModel, _create
from sensorium.models.open_clip_tokens import encode_causal, end_positions
from sensorium.settings import Settings

VISION = {"image_size": 32, "layers": 2, "width": 64, "head_width": 32, "patch_size": 8}
TEXT = {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2}
CAUSAL = {"embed_dim": 24, "vision_cfg": VISION, "text_cfg": TEXT}
# As SigLIP is built: pictures by timm, its own tokenizer, no causal mask, read at the last of its 64 positions.
SIGLIP = {
    "embed_dim": 24,
    "init_logit_bias": -10,
    "custom_text": True,
    "vision_cfg": {
        "image_size": 224,
        "timm_model_name": "vit_tiny_patch16_224",
        "timm_model_pretrained": False,
        "timm_pool": "token",
        "timm_proj": "linear",
    },
    "text_cfg": {
        **TEXT,
        "context_length": 64,
        "vocab_size": 30522,
        "hf_tokenizer_name": "nobody/no-such-tokenizer",
        "no_causal_mask": True,
        "proj_bias": True,
        "pool_type": "last",
    },
}
TEXTS = ["a cat", "a photo of a very long street in the rain with many people and their umbrellas", "", "dogs!"]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A folder with both architectures made known to open_clip, and their weights as safetensors."""
    folder = tmp_path_factory.mktemp("open_clip")
    torch.manual_seed(0)
    for name, config in (("tiny-causal", CAUSAL), ("tiny-siglip", SIGLIP)):
        (folder / f"{name}.json").write_text(json.dumps(config))
        open_clip.add_model_config(folder / f"{name}.json")
        (folder / name).mkdir()
        model = open_clip.create_model(name)
        save_file({key: value.contiguous() for key, value in model.state_dict().items()}, weights(folder, name))
    return folder


def weights(folder, name):
    return folder / name / "open_clip_model.safetensors"


def encoder_of(folder, name, **options):
    return OpenClipEncoder(OpenClipModel(name, str(weights(folder, name))), device="cpu", **options)


@pytest.fixture(scope="module")
def causal(models):
    return encoder_of(models, "tiny-causal", batch_size=2)


def direct(folder, name):
    return open_clip.create_model_and_transforms(name, pretrained=str(weights(folder, name)))


def drawings():
    random = np.random.default_rng(0)
    sizes = [(32, 32), (90, 40), (33, 120), (64, 64), (20, 10)]
    return [random.integers(0, 256, (height, width, 3), dtype=np.uint8) for height, width in sizes]


def unit(vectors):
    return torch.nn.functional.normalize(vectors, dim=-1).numpy()


def test_pictures_get_the_vectors_of_the_library_itself(models, causal):
    model, _, prepare = direct(models, "tiny-causal")
    with torch.inference_mode():
        expected = unit(model.eval().encode_image(torch.stack([prepare(Image.fromarray(each)) for each in drawings()])))
    rows = causal.encode_pictures(drawings())
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, expected, atol=1e-5)


def test_pictures_go_through_a_tower_of_timm_as_well(models):
    model, _, prepare = direct(models, "tiny-siglip")
    with torch.inference_mode():
        expected = unit(model.eval().encode_image(prepare(Image.fromarray(drawings()[1]))[None]))
    np.testing.assert_allclose(encoder_of(models, "tiny-siglip").encode_pictures(drawings()[1:2]), expected, atol=1e-5)


def test_a_clip_transformer_is_asked_patch_by_patch(models, causal):
    model, _, prepare = direct(models, "tiny-causal")
    picture, towards = drawings()[1], causal.encode_texts(["a cat"])[0]
    visual = model.visual.eval()
    with torch.inference_mode():
        tokens = visual.ln_post(visual.transformer(visual._embeds(prepare(Image.fromarray(picture))[None])))[0, 1:]
        likeness = torch.from_numpy(unit(tokens @ visual.proj) @ towards).reshape(4, 4)  # 32 pixels, patches of 8
    np.testing.assert_allclose(causal.heat(picture, towards), torch.relu(likeness - likeness.mean()), atol=1e-5)


@pytest.mark.parametrize(("pool", "shape"), [("avg", (14, 14)), ("token", (7, 7))])
def test_a_transformer_of_timm_is_asked_by_gradients_where_its_pooling_lets_one(tmp_path, pool, shape):
    """224 pixels in patches of 16 are a map of 14 x 14; read at the class token, the places say nothing."""
    vision = {**SIGLIP["vision_cfg"], "timm_pool": pool}
    (tmp_path / f"tiny-{pool}.json").write_text(json.dumps({**SIGLIP, "vision_cfg": vision}))
    open_clip.add_model_config(tmp_path / f"tiny-{pool}.json")
    torch.manual_seed(0)
    model = open_clip.create_model(f"tiny-{pool}")
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, tmp_path / "open_clip_model.safetensors")
    encoder = OpenClipEncoder(OpenClipModel(f"tiny-{pool}", str(tmp_path / "open_clip_model.safetensors")))
    heat = encoder.heat(drawings()[1], encoder.encode_pictures(drawings()[2:3])[0])
    assert heat.shape == shape
    assert heat.min() >= 0
    assert heat.max() > 0


def test_words_cut_at_the_end_token_get_the_vectors_of_the_whole_context(models, causal):
    model = direct(models, "tiny-causal")[0]
    with torch.inference_mode():
        expected = unit(model.eval().encode_text(open_clip.get_tokenizer("tiny-causal")(TEXTS)))
    np.testing.assert_allclose(causal.encode_texts(TEXTS), expected, atol=1e-5)


def test_half_precision_as_on_a_gpu_changes_the_vectors_little(models, causal):
    which = OpenClipModel("tiny-causal", str(weights(models, "tiny-causal")))
    model = _create(which, weights(models, "tiny-causal"), device=torch.device("cpu"), half=True).eval()
    tokens = open_clip.get_tokenizer("tiny-causal")(TEXTS)
    with torch.inference_mode():
        rows = encode_causal(model, tokens, end_positions(model, tokens))
    assert rows.dtype is torch.float16
    cosines = (unit(rows.float()) * causal.encode_texts(TEXTS)).sum(axis=1)
    np.testing.assert_allclose(cosines, 1, atol=1e-3)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_a_gpu_gives_nearly_the_vectors_of_the_cpu(models, causal):
    there = OpenClipEncoder(OpenClipModel("tiny-causal", str(weights(models, "tiny-causal"))), device="cuda")
    for rows, expected in (
        (there.encode_texts(TEXTS), causal.encode_texts(TEXTS)),
        (there.encode_pictures(drawings()), causal.encode_pictures(drawings())),
    ):
        np.testing.assert_allclose((rows * expected).sum(axis=1), 1, atol=1e-3)


def test_words_longer_than_the_context_are_cut_off_as_the_library_does(models, causal):
    model = direct(models, "tiny-causal")[0]
    long = "umbrella " * 200
    with torch.inference_mode():
        expected = unit(model.eval().encode_text(open_clip.get_tokenizer("tiny-causal")([long])))
    np.testing.assert_allclose(causal.encode_texts([long]), expected, atol=1e-5)


def test_batches_of_mixed_sizes_equal_one_at_a_time(causal):
    pictures = drawings()
    alone = np.concatenate([causal.encode_pictures([each]) for each in pictures])
    np.testing.assert_allclose(causal.encode_pictures(pictures), alone, atol=1e-5)
    alone = np.concatenate([causal.encode_texts([each]) for each in TEXTS])
    np.testing.assert_allclose(causal.encode_texts(TEXTS), alone, atol=1e-5)


def test_nothing_gives_no_rows(causal):
    assert causal.encode_texts([]).shape == (0, 24)
    assert causal.encode_pictures([]).shape == (0, 24)


def test_the_space_is_known_from_the_files(models):
    encoder = encoder_of(models, "tiny-causal")
    assert encoder.space.dimension == 24
    assert encoder.space.checksum == file_checksum(weights(models, "tiny-causal"))
    assert encoder.input_px == 32


def test_siglip_words_are_padded_to_its_whole_context(models):
    tokenizer = pytest.importorskip("transformers").AutoTokenizer
    try:
        vocabulary = find_minilm(Settings())
    except ModelUnavailable as error:
        pytest.skip(str(error))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(vocabulary / name, models / "tiny-siglip" / name)
    tokens = tokenizer.from_pretrained(vocabulary)(
        TEXTS, return_tensors="pt", max_length=64, padding="max_length", truncation=True
    ).input_ids
    model = direct(models, "tiny-siglip")[0]
    with torch.inference_mode():
        expected = unit(model.eval().encode_text(tokens))
    assert tokens.shape == (4, 64)
    np.testing.assert_allclose(encoder_of(models, "tiny-siglip").encode_texts(TEXTS), expected, atol=1e-5)


def test_a_missing_tokenizer_is_named_and_pictures_work_without_it(models, tmp_path):
    shutil.copy(weights(models, "tiny-siglip"), tmp_path / "siglip.safetensors")
    encoder = OpenClipEncoder(OpenClipModel("tiny-siglip", str(tmp_path / "siglip.safetensors")), device="cpu")
    assert encoder.encode_pictures(drawings()[:1]).shape == (1, 24)
    with pytest.raises(ModelUnavailable, match=r"nobody/no-such-tokenizer.*not on this machine.*tokenizer\.json"):
        encoder.encode_texts(["a cat"])


def test_a_plain_state_dict_is_loaded_and_means_the_same(models, causal, tmp_path):
    state = direct(models, "tiny-causal")[0].state_dict()
    torch.save({"state_dict": state}, tmp_path / "plain.pt")
    encoder = OpenClipEncoder(OpenClipModel("tiny-causal", str(tmp_path / "plain.pt")), device="cpu")
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), causal.encode_texts(TEXTS), atol=1e-6)


class Trap:
    """What a hostile checkpoint holds: an object whose unpickling runs code."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return type(self.mark).touch, (self.mark,)


def test_a_pickled_checkpoint_is_refused_and_its_code_does_not_run(models, tmp_path):
    torch.save({"state_dict": {"weight": Trap(tmp_path / "ran")}}, tmp_path / "trap.pt")
    encoder = OpenClipEncoder(OpenClipModel("tiny-causal", str(tmp_path / "trap.pt")), device="cpu")
    with pytest.raises(ModelUnavailable, match=r"trap\.pt holds pickled Python objects.*safetensors"):
        encoder.encode_texts(["a cat"])
    assert not (tmp_path / "ran").exists()


def test_weights_of_another_architecture_are_refused_by_name(models):
    wrong = OpenClipModel("tiny-siglip", str(weights(models, "tiny-causal")))
    with pytest.raises(ModelUnavailable, match="could not be loaded as tiny-siglip"):
        OpenClipEncoder(wrong, device="cpu").encode_pictures(drawings()[:1])


@pytest.mark.parametrize(
    ("name", "tag", "sentence"),
    [
        ("no-such-model", "webli", r"open_clip knows no model 'no-such-model'"),
        ("ViT-B-16-SigLIP2-256", "weebly", r"'weebly' is neither a file nor weights known.*Known: webli"),
    ],
)
def test_unknown_models_and_weights_are_named(name, tag, sentence):
    with pytest.raises(ModelUnavailable, match=sentence):
        _ = OpenClipEncoder(OpenClipModel(name, tag)).space


def test_known_weights_that_are_not_here_come_with_the_cure(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelUnavailable, match=r"not on this machine.*open_clip_weights.*SENSORIUM_ALLOW_DOWNLOAD"):
        _ = OpenClipEncoder(OpenClipModel("ViT-B-16-SigLIP2-256", "webli")).space


def test_a_file_of_another_kind_is_no_checkpoint(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"")
    with pytest.raises(ModelUnavailable, match=r"model\.onnx is no checkpoint: expected .*\.safetensors"):
        _ = OpenClipEncoder(OpenClipModel("ViT-B-32", str(tmp_path / "model.onnx"))).space


def test_a_text_tower_described_elsewhere_is_not_asked_of_the_network(models, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    roberta = OpenClipModel("roberta-ViT-B-32", str(weights(models, "tiny-causal")))
    with pytest.raises(ModelUnavailable, match=r"needs the description of roberta-base, not on this machine"):
        OpenClipEncoder(roberta, device="cpu").encode_texts(["a cat"])
