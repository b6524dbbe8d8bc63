import json
import pickle
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from sensorium.models.pocketsphinx_transcriber import PocketSphinxTranscriber, Word, phrases, sounds_spoken, spoken
from sensorium.models.protocols import Transcriber
from sensorium.types import SAMPLE_RATE

pytest.importorskip("pocketsphinx")

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


def samples_of(path):
    resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE)
    with av.open(str(path)) as file:
        frames = [part for frame in [*file.decode(audio=0), None] for part in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray().ravel() for frame in frames])


@pytest.fixture(scope="module")
def readings():
    """Two read sentences of the corpus, and what is said in them."""
    manifest = CORPUS / "manifest.jsonl"
    if not manifest.is_file():
        pytest.skip(f"there is no corpus at {CORPUS}")
    rows = [json.loads(line) for line in manifest.read_text("utf-8").splitlines() if '"ljspeech_364"' in line]
    return [(samples_of(CORPUS / row["file"]), row["texts"][0]) for row in rows[:2]]


@pytest.fixture(scope="module")
def transcriber():
    return PocketSphinxTranscriber()


def words(text):
    return set(re.findall(r"[a-z']{4,}", text.lower()))


def test_a_read_sentence_is_found_again_by_several_of_its_words(transcriber, readings):
    for samples, text in readings:
        heard = words(" ".join(each.text for each in transcriber.transcribe(samples)))
        assert len(heard & words(text)) >= 0.3 * len(words(text)), (heard, text)


def test_utterances_lie_where_they_are_said(transcriber, readings):
    (first, _), (second, _) = readings
    pause = np.random.default_rng(0).normal(0, 2, 3 * SAMPLE_RATE).astype(np.int16)
    sound = np.concatenate([pause, first, pause, second])
    utterances = transcriber.transcribe(sound)
    length_s = len(first) / SAMPLE_RATE
    said = ((3, 3 + length_s), (6 + length_s, len(sound) / SAMPLE_RATE))
    for each in utterances:
        assert any(start - 0.3 <= each.start_s < each.end_s <= end + 0.3 for start, end in said), each
    assert all(before.end_s <= after.start_s for before, after in pairwise(utterances))
    assert any(each.start_s > said[1][0] - 0.3 for each in utterances)  # the last one has no pause after it


def test_silence_and_a_tone_say_nothing(transcriber):
    time = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE
    assert transcriber.transcribe(np.zeros(4 * SAMPLE_RATE, dtype=np.int16)) == ()
    assert transcriber.transcribe(np.zeros(0, dtype=np.int16)) == ()
    assert transcriber.transcribe((8000 * np.sin(2 * np.pi * 3000 * time)).astype(np.int16)) == ()


def test_a_sound_is_heard_the_same_whatever_was_heard_before(transcriber, readings):
    (first, _), (second, _) = readings
    (fresh,) = PocketSphinxTranscriber().transcribe(second)
    transcriber.transcribe(first)
    (again,) = transcriber.transcribe(second)
    assert again.text == fresh.text
    # The decoder starts each utterance from the Gaussians that fitted the last one best: borders shift a little.
    assert (again.start_s, again.end_s) == pytest.approx((fresh.start_s, fresh.end_s), abs=0.05)


def test_silences_noises_and_marks_of_pronunciation_are_no_words():
    heard = [Word(text, 0, 1) for text in ("<s>", "the(2)", "<sil>", "[NOISE]", "++UH++", "cat's", "</s>")]
    assert [word.text for word in spoken(heard)] == ["the", "cat's"]


def test_words_that_come_too_slowly_or_last_too_long_were_not_spoken():
    assert sounds_spoken([Word("now", 0, 40), Word("and", 60, 90), Word("then", 91, 140)])
    assert sounds_spoken([Word("seven", 10, 60)])
    assert not sounds_spoken([])
    assert not sounds_spoken([Word("hip-hop", 0, 489)])
    assert not sounds_spoken([Word("and", 0, 60), Word("now", 200, 260), Word("hand", 400, 480)])


def test_utterances_end_at_pauses_and_last_no_longer_than_some_seconds():
    heard = [Word("and", 0, 20), Word("now", 21, 60), Word("then", 120, 160), Word("go", 161, 190)]
    assert [[word.text for word in part] for part in phrases(heard)] == [["and", "now"], ["then", "go"]]
    breathless = [Word(str(n), 50 * n, 50 * n + 49) for n in range(40)]
    breathless[21] = Word("21", 50 * 21 + 9, 50 * 21 + 49)
    parts = phrases(breathless)
    assert [word for part in parts for word in part] == breathless
    assert all(part[-1].end - part[0].start <= 800 for part in parts)
    assert breathless[21] in [part[0] for part in parts]


def test_it_travels_to_a_worker_without_its_model(transcriber, readings):
    transcriber.transcribe(readings[0][0])
    packed = pickle.dumps(transcriber)
    assert len(packed) < 1000
    assert pickle.loads(packed).checksum == transcriber.checksum


def test_it_fits_the_protocol_and_names_its_model():
    transcriber = PocketSphinxTranscriber()
    assert isinstance(transcriber, Transcriber)
    assert transcriber.runs_in_worker
    assert re.fullmatch(r"[0-9a-f]{64}", transcriber.checksum)


def test_a_worker_that_transcribes_never_imports_torch():
    program = (
        "import sys, numpy; from sensorium.models.pocketsphinx_transcriber import PocketSphinxTranscriber as T; "
        "T().transcribe(numpy.zeros(16000, dtype=numpy.int16)); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
