"""A library over fake models, filled through the real indexer with media that the tests draw."""

import json

import pytest
from PIL import Image

from sensorium.indexer import index
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.models.protocols import Utterance
from sensorium.search.engine import Engine
from sensorium.settings import Settings
from tests.fakes import fake_models
from tests.media_files import write_sound
from tests.search.drafted import put_backgrounds

COLOURS = {"red": (220, 20, 20), "green": (20, 200, 20), "blue": (20, 20, 220), "yellow": (220, 220, 20)}
NOTES = {
    "harbour": "The harbour opens at nine. Bring a rope and a lantern.",
    "bread": "Mix flour, water and salt. Bake the loaf for an hour.",
    "bicycle": "Loosen the brake cable, then take off the wheel.",
}


@pytest.fixture(scope="session")
def media(tmp_path_factory):
    """Four pictures, three texts, a recording and a feed of two products."""
    folder = tmp_path_factory.mktemp("media")
    for sub in ("photos", "texts", "goods", "sounds"):
        (folder / sub).mkdir()
    for number, (name, colour) in enumerate(COLOURS.items()):
        Image.new("RGB", (80, 60), colour).save(folder / "photos" / f"{number}{number}{number}.png")
        Image.new("RGB", (64, 64), colour).save(folder / "goods" / f"{name}.png")
    for name, text in NOTES.items():
        (folder / "texts" / f"{name}.txt").write_text(text)
    write_sound(folder / "sounds" / "memo.wav", seconds=2)
    rows = [
        {"id": "1", "title": "Sailor cup", "price": 5, "color": "blue", "images": ["blue.png"]},
        {"id": "2", "title": "Baker bowl", "price": 9, "color": "red", "images": ["red.png", "yellow.png"]},
    ]
    (folder / "goods" / "feed.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


@pytest.fixture(scope="session")
def engine(media, tmp_path_factory):
    settings = Settings(workers=1)
    models = fake_models((Utterance(0.5, 1.5, "meet me at the lighthouse tonight"),))
    library = Library.open_or_create(tmp_path_factory.mktemp("library"), "fake")
    paths = [media / "photos", media / "texts", media / "sounds", media / "goods" / "feed.jsonl"]
    summary = index(paths, library, models, settings=settings)
    assert (summary.indexed, summary.failures) == (10, [])
    put_backgrounds(library, models)
    reader = MediaReader(settings)
    yield Engine(library, models, reader)
    reader.close()
    library.close()
