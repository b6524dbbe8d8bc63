"""The service over a real library and the real engine; only the models are small fakes."""

import io
import json

import pytest
from PIL import Image

from sensorium.indexer import index
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.search.engine import Engine
from sensorium.settings import Settings
from sensorium.web import create_app
from tests.fakes import fake_models

COLOURS = {"red": (220, 20, 20), "green": (20, 200, 20), "blue": (20, 20, 220)}


def picture(colour, kind="PNG"):
    file = io.BytesIO()
    Image.new("RGB", (80, 60), COLOURS[colour]).save(file, kind)
    return file.getvalue()


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    for number in range(24):  # so many that a score can be told from the library's own background
        shade = (40 + 8 * number, 250 - 7 * number, 128 + 4 * number)
        Image.new("RGB", (80, 60), shade).save(folder / f"shade-{number:02}.png")
    for colour in COLOURS:
        (folder / f"{colour}.png").write_bytes(picture(colour))
    (folder / "harbour.txt").write_text("The harbour opens at nine. Bring a lantern.", encoding="utf-8")
    (folder / "cup.jpg").write_bytes(picture("blue", "JPEG"))
    row = {"id": "1", "title": "blue cup", "price": 5, "images": ["cup.jpg"]}
    (folder / "feed.jsonl").write_text(json.dumps(row), encoding="utf-8")
    settings, models = Settings(workers=1), fake_models()
    library = Library.open_or_create(tmp_path_factory.mktemp("library"), "fake")
    index([path for path in folder.iterdir() if path.name != "cup.jpg"], library, models, settings=settings)
    reader = MediaReader(settings)
    yield create_app(Engine(library, models, reader), settings).test_client()
    reader.close()
    library.close()


def best(response):
    assert response.status_code == 200, response.text
    return response.json["hits"][0]["item"]


def test_words_find_a_picture_and_its_media_can_be_fetched(client):
    found = best(client.get("/api/v1/search?q=red&kind=picture"))
    assert found["title"] == "red.png"
    (medium,) = found["media"]
    assert client.get(medium["url"]).data == picture("red")
    with Image.open(io.BytesIO(client.get(medium["thumbnail_url"]).data)) as thumbnail:
        assert thumbnail.format == "JPEG"


@pytest.mark.parametrize("colour", COLOURS)
def test_an_uploaded_picture_finds_the_like(client, colour):
    upload = (io.BytesIO(picture(colour, "BMP")), "example.bmp", "image/bmp")
    found = best(client.post("/api/v1/search", data={"image": upload, "kinds": "picture"}))
    assert found["title"] == f"{colour}.png"


def test_an_item_is_an_example(client):
    green = best(client.get("/api/v1/search?q=green&kind=picture"))
    like = client.post("/api/v1/search", json={"like": green["id"], "kinds": ["picture"], "limit": 50})
    assert best(like)["title"].startswith("shade-0")  # the greener half of the shades
    assert green["id"] not in [hit["item"]["id"] for hit in like.json["hits"]]  # what is like it, not itself


def test_pages_by_cursor_hold_every_hit_once(client):
    asked, seen = {"q": "red", "limit": 7}, []
    while True:
        answer = client.post("/api/v1/search", json=asked).json
        seen += [one["id"] for hit in answer["hits"] for one in (hit["item"], *hit["alike"])]
        if answer["cursor"] is None:
            break
        asked["cursor"] = answer["cursor"]
    assert len(seen) == len(set(seen)) == 24 + 3 + 1 + 1
    assert client.get("/api/v1/search?q=red&cursor=torn").status_code == 400


def test_pages_of_an_upload_know_it_by_its_content(client):
    def post(**fields):
        upload = (io.BytesIO(picture("red")), "example.png", "image/png")
        return client.post("/api/v1/search", data={"image": upload, "limit": "3", **fields}).json

    first = post()
    second = post(cursor=first["cursor"])
    assert {hit["item"]["id"] for hit in first["hits"]}.isdisjoint(hit["item"]["id"] for hit in second["hits"])


def test_a_broken_upload_is_400_and_called_by_its_name(client):
    upload = (io.BytesIO(picture("red")[:60]), "half.png", "image/png")
    response = client.post("/api/v1/search", data={"image": upload})
    assert response.status_code == 400
    assert "'half.png'" in response.json["error"]
    assert "sensorium-" not in response.json["error"]


def test_pages_show_documents_and_products(client):
    assert "<mark>lantern</mark>" in client.get("/?q=lantern").text
    shown = client.get("/?q=blue+cup&kind=product").text
    assert "blue cup" in shown
    assert "5.00" in shown


def test_status_and_health(client):
    items = client.get("/api/v1/status").json["items"]
    assert {kind: items[kind] for kind in ("picture", "document", "product")} == {
        "picture": 24 + 3,
        "document": 1,
        "product": 1,
    }
    assert client.get("/api/v1/health").status_code == 200
