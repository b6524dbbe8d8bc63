"""`kill -9` at any instant, then indexing again, gives the library that an undisturbed run gives."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sensorium.library import Library
from sensorium.types import Channel
from tests.fakes import FAKE_SPACE

SCRIPT = Path(__file__).with_name("run_index.py")
ROOT = Path(__file__).parent.parent.parent
PATH = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
INSTANTS = 10


@pytest.fixture
def many(tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(12):
        Image.new("RGB", (40, 30), tuple(rng.integers(0, 255, 3).tolist())).save(folder / f"{number}.png")
        (folder / f"{number}.txt").write_text(f"Note {number} about the harbour and the tide.")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    return folder


def start(library, folder):
    command = [sys.executable, str(SCRIPT), str(library), str(folder)]
    return subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": PATH}, stdout=subprocess.PIPE, start_new_session=True
    )


def content(folder):
    """Everything a library knows, without the numbers that its rows happen to have."""
    library = Library.open(folder)
    status = library.status()
    assert len(library.items_by_path()) == sum(status.items.values())
    items = {
        path.name: [(s.channel, s.text) for s in library.segments_of_item(item_id)]
        for path, item_id in library.items_by_path().items()
    }
    vectors = {}
    for channel in Channel:
        ids, rows = library.vectors(FAKE_SPACE, channel)
        segments = library.segments(ids.tolist())
        owners = library.items([s.item_id for s in segments.values()])
        for segment_id, row in zip(ids.tolist(), rows, strict=True):
            vectors[owners[segments[segment_id].item_id].path.name, channel] = row.round(4).tolist()
            near = library.nearest(FAKE_SPACE, channel, row[None], len(ids))
            assert set(near.ids[0].tolist()) == set(ids.tolist())  # the index knows exactly what the catalogue holds
    words = {word: len(library.find_words(Channel.TEXT, word, 99)) for word in ("harbour", "7")}
    failures = [(failure.path.name, failure.reason) for failure in status.failures]
    return status.items, status.segments, items, vectors, words, failures


def test_a_killed_run_goes_on_as_if_it_had_not_been_killed(many, tmp_path):
    began = time.monotonic()
    assert start(tmp_path / "undisturbed", many).wait(60) == 0
    whole_run_s = time.monotonic() - began
    expected = content(tmp_path / "undisturbed")
    rng = random.Random(7)
    interrupted = 0
    for instant in range(INSTANTS):
        library = tmp_path / f"killed-{instant}"
        process = start(library, many)
        if instant:  # the first is killed at its very start, the others once they are at work
            process.stdout.readline()
        time.sleep(rng.uniform(0, whole_run_s * 0.5))
        interrupted += process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        assert start(library, many).wait(60) == 0
        assert content(library) == expected, f"killed at instant {instant}"
    assert interrupted >= INSTANTS // 2
