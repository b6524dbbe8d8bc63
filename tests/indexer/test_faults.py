"""What goes wrong around an indexing run costs the file it happens to, and no other."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import threading

import numpy as np
import pytest
from PIL import Image

from sensorium.errors import LibraryError
from sensorium.indexer import index
from sensorium.indexer.progress import Stage
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.search.engine import Engine
from sensorium.settings import Settings
from sensorium.types import Modality, Part, Query
from tests.fakes import fake_models

FILES = 150
"""Enough for a run to tell of its progress while it reads; it does so ten times a second."""


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
    for number in range(FILES):
        Image.fromarray(noise + np.uint8(number)).save(folder / f"{number:02}.png")
    return folder


@pytest.fixture
def library(tmp_path):
    opened = Library.open_or_create(tmp_path / "library", "fake")
    yield opened
    opened.close()


class Meddler:
    """Progress that does something once, when so many files have been read."""

    def __init__(self, meddle, after):
        self._meddle, self._after = meddle, after
        self._lock = threading.Lock()
        self.done = False

    def report(self, state):
        read = next(each.done for each in state.stages if each.stage is Stage.READ)
        known = next(each.total for each in state.stages if each.stage is Stage.READ)
        with self._lock:
            if not self.done and known is not None and read >= self._after:
                self.done = True
                self._meddle()

    def stopped(self):
        return False


def run(library, folder, meddle=lambda: None, *, after=3, retry=False, **options):
    meddler = Meddler(meddle, after)
    settings = Settings(workers=2, ocr="off", **options)
    summary = index([folder], library, fake_models(), settings=settings, progress=meddler, retry=retry)
    assert meddler.done
    return summary


def signal_a_worker(which):
    def meddle():
        os.kill(multiprocessing.active_children()[0].pid, which)

    return meddle


@pytest.mark.parametrize(
    ("which", "told"),
    # one that hangs is killed when its time is up, and on a busy machine its death may be heard of first
    [(signal.SIGKILL, ("crashed its decoder",)), (signal.SIGSTOP, ("took longer than", "crashed its", "broke down"))],
)
def test_a_worker_that_dies_or_hangs_costs_one_file_at_most(photos, library, which, told):
    summary = run(library, photos, signal_a_worker(which), decode_timeout_s=2)
    assert len(summary.failures) <= 1
    reasons = [(str(one.path), one.reason) for one in summary.failures]
    assert [why for path, why in reasons if path not in why or not any(words in why for words in told)] == []
    assert summary.indexed == FILES - len(summary.failures)
    mended = run(library, photos, after=0, retry=True) if summary.failures else summary
    assert (mended.failures, sum(library.status().items.values())) == ([], FILES)


def test_a_file_that_vanishes_after_it_was_seen_is_named_and_then_forgotten(photos, library):
    gone = sorted(photos.iterdir())[-1]
    summary = run(library, photos, gone.unlink, after=0)
    assert [failure.path for failure in summary.failures] == [gone]
    reason = summary.failures[0].reason  # it may go before the file is looked at, or between that and its opening
    assert "does not exist" in reason or "No such file" in reason
    assert summary.indexed == FILES - 1
    (photos / "new.png").write_bytes((photos / "00.png").read_bytes())
    assert run(library, photos, after=0).failures == []
    assert library.status().failures == ()


def test_a_clock_that_goes_back_hides_no_change(photos, library):
    run(library, photos)
    for number, when_s in enumerate((0, 1, 946_684_800, 4_102_444_800)):  # 1970, a second later, 2000, 2100
        path = photos / f"{number:02}.png"
        content = (photos / "29.png").read_bytes()
        path.write_bytes(content)
        os.utime(path, (when_s, when_s))
    summary = run(library, photos, after=0)
    assert (summary.indexed, summary.unchanged, summary.failures) == (4, FILES - 4, [])
    contents = {library.item(i).media[0].content for path, i in library.items_by_path().items() if path.name < "04"}
    assert contents == {library.item(library.items_by_path()[photos / "29.png"]).media[0].content}


@pytest.fixture
def sealed(tmp_path):
    """A file system that `seal()` makes read-only; even root cannot write to it then."""
    place = tmp_path / "sealed"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no right to mount a file system here")
    yield place, lambda: subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    subprocess.run(["umount", "-l", place], check=True)


def test_a_read_only_folder_is_indexed_like_any_other(sealed, library):
    place, seal = sealed
    Image.new("RGB", (40, 30), "red").save(place / "red.png")
    seal()
    summary = run(library, place, after=0)
    assert (summary.indexed, summary.failures) == (1, [])


def test_a_library_on_read_only_media_is_searched_and_says_that_it_cannot_be_written(sealed, tmp_path):
    place, seal = sealed
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("red", "blue"):
        Image.new("RGB", (40, 30), name).save(photos / f"{name}.png")
    made = Library.open_or_create(place / "library", "fake")
    run(made, photos, after=0)
    made.close()
    seal()
    opened = Library.open(place / "library")
    hits = (
        Engine(opened, fake_models(), MediaReader(Settings(workers=1)))
        .search(Query((Part(Modality.TEXT, text="red"),)))
        .hits
    )
    assert hits[0].item.title.startswith("red")
    with pytest.raises(LibraryError, match="cannot be written: Read-only file system"), opened.writing():
        pass
    opened.close()
    with pytest.raises(LibraryError, match="cannot hold a library"):
        Library.open_or_create(place / "another", "fake")
