"""A small mixed folder that the tests draw themselves, and a library over fake models."""

import json
from dataclasses import dataclass, field

import pytest
from PIL import Image

from sensorium.indexer import index
from sensorium.library import Library
from sensorium.settings import Settings
from tests.fakes import fake_models

COLOURS = {"red": (220, 20, 20), "green": (20, 200, 20), "blue": (20, 20, 220)}


@pytest.fixture
def shop(tmp_path):
    """A folder of three pictures and a text, and beside it a feed of two products."""
    pictures = tmp_path / "photos"
    pictures.mkdir()
    for name, colour in COLOURS.items():
        Image.new("RGB", (80, 60), colour).save(pictures / f"{name}.png")
    (pictures / "notes.txt").write_text("The harbour opens at nine.\n\nBring a rope and a lantern.")
    goods = tmp_path / "goods"
    goods.mkdir()
    rows = []
    for key, name in (("1", "red"), ("2", "blue")):
        Image.new("RGB", (64, 64), COLOURS[name]).save(goods / f"{name}-cup.jpg")
        rows.append({"id": key, "title": f"{name} cup", "price": 5, "images": [f"{name}-cup.jpg"]})
    (goods / "feed.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return tmp_path


@dataclass
class Shelf:
    """A library with its models, so that a test can count what was encoded."""

    library: Library
    models: object = field(default_factory=fake_models)

    def index(self, *paths, retry=False, **options):
        return index(paths, self.library, self.models, settings=Settings(workers=1, **options), retry=retry)

    def titles(self):
        ids = sorted(set(self.library.items_by_path().values()))
        return sorted(item.title for item in self.library.items(ids).values())


@pytest.fixture
def shelf(tmp_path):
    opened = Shelf(Library.open_or_create(tmp_path / "library", "fake"))
    yield opened
    opened.library.close()
