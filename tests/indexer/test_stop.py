"""A run that is stopped keeps what it has read, and the next one goes on from there."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PIL import Image

from sensorium.indexer import index
from sensorium.indexer.progress import Stage
from sensorium.library import Library
from sensorium.settings import Settings
from tests.fakes import fake_models

ROOT = Path(__file__).parent.parent.parent
MANY = 60
PATH = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(MANY):
        Image.new("RGB", (30, 20), (number, 255 - number, 99)).save(folder / f"{number:03}.png")
    return folder


class StopAfter:
    """Stops a run once some items are written."""

    def __init__(self, items):
        self.items = items
        self.enough = threading.Event()

    def report(self, state):
        if any(each.done >= self.items for each in state.stages if each.stage is Stage.COMMIT):
            self.enough.set()

    def stopped(self):
        return self.enough.is_set()


def test_a_stopped_run_keeps_what_it_has_read_and_names_no_failure(photos, tmp_path):
    library = Library.open_or_create(tmp_path / "library", "fake")
    settings = Settings(workers=1, batch_size=2)
    summary = index([photos], library, fake_models(), settings=settings, progress=StopAfter(4))
    assert summary.interrupted
    assert (summary.failures, library.status().failures) == ([], ())
    kept = summary.indexed
    assert 4 <= kept < MANY
    assert sum(library.status().items.values()) == kept
    again = index([photos], library, fake_models(), settings=settings)
    assert (again.interrupted, again.unchanged, again.indexed) == (False, kept, MANY - kept)
    library.close()


def test_ctrl_c_ends_a_run_with_what_to_do_next(photos, tmp_path):
    code = "from tests.fakes import register_fake_profile as r; r(); from sensorium.cli import main; main()"
    command = [sys.executable, "-c", code, "index", str(photos), "--library", str(tmp_path / "library")]
    environment = {**os.environ, "PYTHONPATH": PATH, "SENSORIUM_PROFILE": "fake", "SENSORIUM_BATCH_SIZE": "1"}
    environment |= {"SENSORIUM_WORKERS": "1"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    database = tmp_path / "library" / "sensorium.db"
    while not database.is_file():
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "run the same command again to go on" in out
    assert "Traceback" not in err
