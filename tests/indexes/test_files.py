"""Index files beside a library."""

import os

import pytest

from sensorium.indexes.options import IndexOptions
from sensorium.library import Library
from tests.indexes.filled import fill, save


def in_memory(path):
    """Whether the system holds the middle of the file in memory; skips where it does not say."""
    with path.open("rb", buffering=0) as file:
        try:
            return bool(os.preadv(file.fileno(), [bytearray(1)], path.stat().st_size // 2, os.RWF_NOWAIT))
        except BlockingIOError:
            return False
        except OSError as error:
            pytest.skip(f"this file system does not say what it holds in memory: {error}")


@pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="only Linux says what it holds in memory")
def test_files_are_read_ahead(tmp_path):
    library = Library.open_or_create(tmp_path / "library", "fake", IndexOptions(flat_below=2_500))
    fill(library, 20_000)
    save(library)
    files = library.indexes.files
    (path,) = (one for one in files.folder.iterdir() if one.suffix != ".json")
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if in_memory(path):
        pytest.skip("this system keeps files in memory all the same")
    files.read_ahead()
    assert in_memory(path)
    library.close()


def test_reading_ahead_passes_over_what_is_not_there(tmp_path):
    library = Library.open_or_create(tmp_path / "library", "fake")
    library.indexes.files.read_ahead()
    fill(library, 300)
    save(library)
    for path in library.indexes.files.folder.iterdir():
        if path.suffix != ".json":
            path.unlink()
    library.indexes.files.read_ahead()
    library.close()
