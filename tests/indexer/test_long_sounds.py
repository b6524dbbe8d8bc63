from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest

from sensorium.indexer import index
from sensorium.indexer.prepare import time_limit_s
from sensorium.settings import Settings
from sensorium.types import Channel
from tests.fakes import BeepTranscriber, fake_models_hearing
from tests.media_files import RATE, write_samples

MINUTES = 7
BEEPS_S = [12.5, 131.0, 250.25, 399.0]


@pytest.fixture
def recording(tmp_path):
    """Seven minutes of hiss with four beeps."""
    sound = np.random.default_rng(2).integers(-40, 40, MINUTES * 60 * RATE).astype(np.int16)
    for second in BEEPS_S:
        sound[round(second * RATE) :][: RATE // 2] = 9000
    folder = tmp_path / "recordings"
    folder.mkdir()
    write_samples(folder / "long.wav", sound)
    return folder / "long.wav"


class Watch:
    """Remembers how far the long files were."""

    def __init__(self):
        self.told = []

    def report(self, state):
        self.told += [(one.path.name, one.done_s, one.length_s) for one in state.long]

    def stopped(self):
        return False


@pytest.mark.parametrize("in_worker", [True, False])
def test_a_long_recording_is_heard_from_end_to_end(shelf, recording, in_worker):
    models = fake_models_hearing(BeepTranscriber(runs_in_worker=in_worker))
    watch = Watch()
    summary = index([recording.parent], shelf.library, models, settings=Settings(workers=2), progress=watch)
    assert (summary.indexed, summary.failures) == (1, [])
    item_id = shelf.library.items_by_path()[recording]
    found = [segment for segment in shelf.library.segments_of_item(item_id) if segment.channel is Channel.SPEECH]
    assert [segment.start_s for segment in found] == pytest.approx(BEEPS_S, abs=0.001)
    assert {(name, length_s) for name, _, length_s in watch.told} == {("long.wav", 60.0 * MINUTES)}
    assert 0 <= watch.told[-1][1] <= 60.0 * MINUTES  # how often it is told depends on the machine
    assert [done for _, done, _ in watch.told] == sorted(done for _, done, _ in watch.told)


def test_no_file_of_samples_is_left_behind(shelf, recording, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    models = fake_models_hearing(BeepTranscriber(runs_in_worker=False))
    index([recording.parent], shelf.library, models, settings=Settings(workers=1))
    assert list((tmp_path / "temporary").rglob("*")) == []


def test_a_stretch_that_cannot_be_heard_is_told_and_the_rest_is_kept(shelf, recording):
    content = bytearray(recording.read_bytes())
    place = 44 + 2 * 200 * RATE
    content[place : place + 2] = BeepTranscriber.POISON.to_bytes(2, "little", signed=True)
    recording.write_bytes(content)
    models = fake_models_hearing(BeepTranscriber(runs_in_worker=True))
    assert index([recording.parent], shelf.library, models, settings=Settings(workers=2)).indexed == 1
    item_id = shelf.library.items_by_path()[recording]
    segments = shelf.library.segments_of_item(item_id)
    assert len([segment for segment in segments if segment.channel is Channel.SPEECH]) == len(BEEPS_S)
    assert "3:" in shelf.library.items([item_id])[item_id].attributes["unread_speech"]


def test_a_file_may_take_longer_the_larger_it_is(tmp_path):
    small, large = tmp_path / "small.mkv", tmp_path / "large.mkv"
    small.write_bytes(b"x")
    with large.open("wb") as file:
        file.truncate(500_000_000)
    settings = Settings(decode_timeout_s=100)
    assert time_limit_s(small, settings) == pytest.approx(100, abs=0.1)
    assert time_limit_s(large, settings) > 1000
    assert time_limit_s(Path("gone"), settings) == 100
