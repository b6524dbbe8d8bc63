"""Sounds that are not speech: found by words, by their like, and in films, with the place where they sound."""

import pytest

from sensorium.indexer import index
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.search.engine import Engine
from sensorium.settings import Settings
from sensorium.types import Channel, Kind, Modality, Part, Query
from tests.fakes import fake_models
from tests.media_files import write_film, write_sound
from tests.search.drafted import put_backgrounds

TONES = {"engine": 150, "mains": 100, "kettle": 3000, "bird": 4000}


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    """Two low tones, two high ones, silence, and a film with ten seconds of a low and ten of a high tone."""
    folder = tmp_path_factory.mktemp("media")
    for name, hertz in TONES.items():
        write_sound(folder / f"{name}.wav", seconds=1, hertz=hertz)
    write_sound(folder / "nothing.wav", seconds=1, loudness=0)
    write_film(folder / "film.mp4", seconds=20, tones=((0, 120), (10, 3500)))
    return folder


@pytest.fixture(scope="module")
def shelf(media, tmp_path_factory):
    settings, models = Settings(workers=1), fake_models(hears=True)
    library = Library.open_or_create(tmp_path_factory.mktemp("library"), "fake")
    assert index([media], library, models, settings=settings).failures == []
    put_backgrounds(library, models)
    reader = MediaReader(settings)
    yield Engine(library, models, reader)
    reader.close()
    library.close()


def ask(engine, part, **options):
    return engine.search(Query((part,), **options))


def titles(answer, count):
    return {hit.item.title for hit in answer.hits[:count]}


def test_words_find_sounds(shelf):
    answer = ask(shelf, Part(Modality.TEXT, text="whistle"), kinds=(Kind.RECORDING,))
    assert titles(answer, 2) == {"kettle.wav", "bird.wav"}
    assert answer.hits[0].evidence[0].channel is Channel.SOUND


def test_a_sound_finds_its_like(shelf, tmp_path):
    write_sound(tmp_path / "query.wav", seconds=2, hertz=180)
    answer = ask(shelf, Part(Modality.SOUND, path=tmp_path / "query.wav"), kinds=(Kind.RECORDING,))
    assert titles(answer, 2) == {"engine.wav", "mains.wav"}
    assert answer.notes == ()


def test_a_film_is_found_by_its_sound_at_the_moment_it_sounds(shelf):
    film = ask(shelf, Part(Modality.TEXT, text="whistle"), kinds=(Kind.FILM,)).hits[0]
    best = film.evidence[0]
    assert best.channel is Channel.SOUND
    assert best.segment.start_s >= 9
    assert film.moments[0].start_s >= 9
    assert film.moments[0].end_s == pytest.approx(20, abs=0.5)


def test_silence_has_no_vector_and_asks_nothing(shelf, media):
    assert shelf.library.segment_counts()[Channel.SOUND] == len(TONES) + 4  # the film's are five seconds each
    answer = ask(shelf, Part(Modality.SOUND, path=media / "nothing.wav"))
    assert answer.hits == ()
    assert answer.notes == (f"{media / 'nothing.wav'} is silent.",)


def test_without_a_model_of_sound_none_is_stored(media, tmp_path):
    library = Library.open_or_create(tmp_path / "library", "fake")
    index([media / "bird.wav"], library, fake_models(), settings=Settings(workers=1))
    assert Channel.SOUND not in library.segment_counts()
    library.close()


def test_what_has_not_changed_is_not_encoded_again(media, tmp_path):
    library, models = Library.open_or_create(tmp_path / "library", "fake"), fake_models(hears=True)
    for _ in range(2):
        index([media / "bird.wav"], library, models, settings=Settings(workers=1))
    copy = tmp_path / "copy.wav"
    copy.write_bytes((media / "bird.wav").read_bytes())
    index([copy], library, models, settings=Settings(workers=1))
    assert models.sound.encoded == 1
    assert library.segment_counts()[Channel.SOUND] == 2
    library.close()
