"""A small mixed folder that the tests draw themselves, and a library over fake models."""

import json
import shutil
from dataclasses import dataclass, field, replace

import pytest
from PIL import Image

from sensorium.indexer import index
from sensorium.library import Library
from sensorium.settings import Settings
from tests.fakes import fake_models
from tests.fetch.servers import site
from tests.indexer.url_lists import GREEN, options, reset, write

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


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """A server, a list, and a library in which its two pictures are: made once, since decoding starts processes."""
    folder = tmp_path_factory.mktemp("urls")
    with site() as known:
        press = folder / "press.urls"
        reset(known, press)
        library = Library.open_or_create(folder / "library", "fake")
        Shelf(library).index(press, **options(known))
        library.close()
        yield known, press, folder / "library"


@pytest.fixture
def server(place):
    reset(*place[:2])
    place[0].asked.clear()
    return place[0]


@pytest.fixture
def press(place):
    return place[1]


@pytest.fixture
def listed(press, server):
    """Call it with paths to write another list."""
    return lambda *paths: write(press, server, *paths)


@pytest.fixture
def held(shelf, place):
    """The shelf, with a library that has fetched the list already."""
    shutil.copytree(place[2], shelf.library.folder.parent / "held")
    shelf.library.close()
    shelf.library = Library.open_or_create(shelf.library.folder.parent / "held", "fake")
    return shelf


@pytest.fixture
def fetching(shelf, server):
    """Indexes paths, fetching from this machine."""
    return lambda *paths, **others: shelf.index(*paths, **{**options(server), **others})


@pytest.fixture
def sell(tmp_path, server):
    """Call it with rows to write a feed: (key, paths of pictures, price)."""
    feed = tmp_path / "shop" / "feed.jsonl"
    feed.parent.mkdir()
    server.put("/green.png", GREEN, etag='"g1"')

    def write(*rows, file=feed):
        told = [
            {"id": key, "title": f"cup {key}", "price": price, "image_link": [server.url(path) for path in paths]}
            for key, paths, price in rows
        ]
        file.write_text("\n".join(map(json.dumps, told)))
        return file

    return write


@pytest.fixture
def feed(sell):
    return sell(("1", ["/red.png", "/green.png"], 5), ("2", ["/blue%20cup.png"], 6))


@pytest.fixture
def later(shelf, server):
    """Call it to make as if all that did not come had been asked for so many hours ago."""

    def wait(hours):
        with shelf.library.writing() as writer, writer.transaction() as write:
            for refusal in writer.refusals([server.url(path) for path in server.pages]).values():
                write.put_refusal(replace(refusal, again_at=refusal.again_at - hours * 3600))

    return wait
