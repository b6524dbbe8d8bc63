"""A sound finds its recording and where in it, a picture finds its copies: surely, with words that say so."""

import numpy as np
import pytest
from PIL import Image

from sensorium.indexer import index
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.models.protocols import Utterance
from sensorium.search.engine import Engine
from sensorium.search.recognise import FINGERPRINT, LAWS, SURE, verdict
from sensorium.settings import Settings
from sensorium.types import Channel, Kind, Modality, Part, Query
from tests.fakes import fake_models
from tests.fingerprints.sounds import RATE, chirps, music, with_noise
from tests.media_files import write_film_with, write_samples


def pattern(seed):
    cells = np.random.default_rng(seed).integers(0, 256, (6, 6, 3)).astype(np.uint8)
    return Image.fromarray(cells).resize((300, 240), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    for sub in ("sounds", "copies", "pictures"):
        (folder / sub).mkdir()
    for seed in range(4):
        write_samples(folder / "sounds" / f"music {seed}.wav", music(seed, seconds=8))
    write_samples(folder / "copies" / "again.wav", with_noise(music(2, seconds=8), snr_db=20))
    write_film_with(folder / "copies" / "film.mp4", music(8, seconds=8), seconds=8)
    for seed in range(6):
        pattern(seed).save(folder / "pictures" / f"pattern {seed}.png")
    settings = Settings(workers=1)
    library = Library.open_or_create(tmp_path_factory.mktemp("library"), "fake")
    models = fake_models((Utterance(0.5, 1.5, "meet me at the lighthouse tonight"),))
    assert index([folder], library, models, settings=settings).failures == []
    reader = MediaReader(settings)
    yield Engine(library, models, reader)
    reader.close()
    library.close()


def ask_sound(engine, tmp_path, samples, **options):
    write_samples(tmp_path / "query.wav", samples)
    return engine.search(Query((Part(Modality.SOUND, path=tmp_path / "query.wav"),), **options)).hits


def ask_picture(engine, tmp_path, image, **options):
    file = tmp_path / "query.jpg"
    image.convert("RGB").save(file, "JPEG", quality=60)
    return engine.search(Query((Part(Modality.PICTURE, path=file),), **options)).hits


def known(hit):
    return [evidence for evidence in hit.evidence if evidence.matcher == FINGERPRINT]


def excerpt(seed, start_s=3.0, seconds=4.0):
    return with_noise(music(seed, seconds=8)[int(start_s * RATE) : int((start_s + seconds) * RATE)], snr_db=10)


def test_an_excerpt_finds_its_recording_and_where(engine, tmp_path):
    best = ask_sound(engine, tmp_path, excerpt(1))[0]
    assert best.item.title == "music 1.wav"
    (evidence,) = known(best)
    assert evidence.channel is Channel.TRACK
    assert evidence.calibrated > SURE
    assert verdict(evidence) == "the same recording"
    assert (evidence.segment.start_s, evidence.segment.end_s) == (
        pytest.approx(3.0, abs=0.1),
        pytest.approx(7.0, abs=0.3),
    )
    spans = [(moment.start_s, moment.end_s) for moment in best.moments]
    assert any(start <= 3.1 and end >= 6.7 for start, end in spans)


def test_a_sound_asks_what_is_said_beside_which_recording_it_is(engine, tmp_path):
    best = ask_sound(engine, tmp_path, excerpt(1))[0]
    assert {Channel.TRACK, Channel.SPEECH} <= {evidence.channel for evidence in best.evidence}


def test_a_recording_and_its_copy_are_both_found_first(engine, tmp_path):
    hits = ask_sound(engine, tmp_path, excerpt(2), fold=False)
    assert {hit.item.title for hit in hits[:2]} == {"music 2.wav", "again.wav"}
    assert all(verdict(known(hit)[0]) == "the same recording" for hit in hits[:2])


def test_an_excerpt_finds_the_film_that_it_is_heard_in(engine, tmp_path):
    best = ask_sound(engine, tmp_path, excerpt(8))[0]
    assert (best.item.title, best.item.kind) == ("film.mp4", Kind.FILM)
    (evidence,) = known(best)
    assert verdict(evidence) == "the same recording"
    assert evidence.segment.start_s == pytest.approx(3.0, abs=0.1)


def test_filters_hold_for_what_is_known_again(engine, tmp_path):
    (copies,) = {item.path.parent for item in engine.library.items(range(1, 50)).values() if item.title == "again.wav"}
    hits = ask_sound(engine, tmp_path, excerpt(2), folder=copies)
    assert {hit.item.path.parent for hit in hits} == {copies}
    assert [hit.item.title for hit in hits if known(hit)] == ["again.wav"]
    assert ask_sound(engine, tmp_path, excerpt(2), kinds=(Kind.DOCUMENT,)) == ()


@pytest.mark.parametrize("stranger", [music(77, seconds=4), chirps(77, seconds=4)])
def test_a_stranger_is_nobodys_recording(engine, tmp_path, stranger):
    for hit in ask_sound(engine, tmp_path, with_noise(stranger, snr_db=10)):
        assert all(evidence.calibrated < SURE for evidence in known(hit))


def test_silence_is_no_recording(engine, tmp_path):
    hits = ask_sound(engine, tmp_path, np.zeros(2 * RATE, np.int16))
    assert [evidence for hit in hits for evidence in known(hit)] == []


def test_a_copy_of_a_picture_is_the_same_picture(engine, tmp_path):
    best = ask_picture(engine, tmp_path, pattern(3).resize((150, 120)))[0]
    assert best.item.title == "pattern 3.png"
    (evidence,) = known(best)
    assert (evidence.channel, verdict(evidence)) == (Channel.PICTURE, "the same picture")


def test_a_brightened_picture_is_nearly_the_same(engine, tmp_path):
    (evidence,) = known(ask_picture(engine, tmp_path, pattern(3).point(lambda value: value + 14))[0])
    assert verdict(evidence) == "nearly the same picture"


def test_another_picture_is_not_known(engine, tmp_path):
    hits = ask_picture(engine, tmp_path, pattern(99))
    assert [evidence for hit in hits for evidence in known(hit)] == []


def test_evidence_of_other_kinds_has_no_verdict(engine, tmp_path):
    hits = ask_picture(engine, tmp_path, pattern(3))
    others = [evidence for hit in hits for evidence in hit.evidence if evidence.matcher != FINGERPRINT]
    assert others
    assert all(verdict(evidence) == "" for evidence in others)


@pytest.mark.parametrize("channel", LAWS)
def test_the_better_two_agree_the_more_that_is_worth(channel):
    law = LAWS[channel]
    assert list(law.scores) == sorted(set(law.scores))
    assert list(law.surprises) == sorted(set(law.surprises))
