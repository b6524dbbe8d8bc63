"""A full disk ends a run with one sentence; once there is room, the next run goes on."""

import subprocess

import numpy as np
import pytest
from PIL import Image

from sensorium.errors import StorageFull
from sensorium.indexer import index
from sensorium.library import Library
from sensorium.settings import Settings
from tests.fakes import fake_models


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB, which only root may make."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no right to mount a small file system here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_is_said_and_survived(small_disk, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    rng = np.random.default_rng(0)
    for number in range(60):  # noise, so that thumbnails are large
        Image.fromarray(rng.integers(0, 255, (400, 400, 3), np.uint8)).save(photos / f"{number:02}.png")
    library = Library.open_or_create(small_disk / "library", "fake")
    settings = Settings(workers=1, batch_size=4)
    with pytest.raises(StorageFull, match="No room left"):
        index([photos], library, fake_models(), settings=settings)
    kept = library.status().items
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    summary = index([photos], library, fake_models(), settings=settings)
    assert (summary.unchanged, summary.failures) == (sum(kept.values()), [])
    assert sum(library.status().items.values()) == 60
    library.close()
