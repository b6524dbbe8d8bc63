from __future__ import annotations

import numpy as np
import pytest

from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.search.asked import understand
from sensorium.settings import Settings
from sensorium.types import Modality, Part, Query
from tests.fakes import BeepTranscriber, fake_models_hearing
from tests.media_files import RATE, write_samples


@pytest.fixture(scope="module")
def media():
    reader = MediaReader(Settings(workers=2))
    yield reader
    reader.close()


def beeps(path, *seconds, length_s, poison_s=None):
    sound = np.zeros(length_s * RATE, np.int16)
    for second in seconds:
        sound[second * RATE :][: RATE // 2] = 9000
    if poison_s is not None:
        sound[poison_s * RATE] = BeepTranscriber.POISON
    write_samples(path, sound)
    return path


def words_of(path, media, *, in_worker=True):
    models = fake_models_hearing(BeepTranscriber(runs_in_worker=in_worker))
    library = Library.open_or_create(path.parent / "library", "fake")
    query = Query((Part(Modality.SOUND, path=path),))
    return [words.text for words in understand(query, library, models, media).words]


@pytest.mark.parametrize("in_worker", [True, False])
def test_a_long_example_is_asked_by_all_that_is_said_in_it(tmp_path, media, in_worker):
    path = beeps(tmp_path / "query.wav", 1, 70, 130, length_s=150)
    assert words_of(path, media, in_worker=in_worker) == ["beep beep beep"]


def test_what_breaks_the_transcriber_breaks_a_worker_and_not_the_query(tmp_path, media):
    path = beeps(tmp_path / "query.wav", 1, 130, length_s=150, poison_s=75)
    assert words_of(path, media) == ["beep beep"]
