"""Why a hit is there: its page, its JSON form, heat maps."""

import io

import numpy as np
import pytest
from PIL import Image
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from sensorium.indexer import index
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.search.engine import Engine
from sensorium.search.heat import HeatMap
from sensorium.settings import Settings
from sensorium.web import create_app
from sensorium.web.heat import COLOUR, LONGER_PX, heated_jpeg, overlay_png
from sensorium.web.passages import pieces_of
from tests.fakes import fake_models


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("why")
    for number in range(24):
        Image.new("RGB", (80, 60), (40 + 8 * number, 250 - 7 * number, 128)).save(folder / f"shade-{number:02}.png")
    corner = Image.new("RGB", (140, 70), (128, 128, 128))
    corner.paste((255, 0, 0), (0, 0, 40, 40))
    corner.save(folder / "corner.png")
    (folder / "harbour.txt").write_text("The harbours open at nine. Bring a red lantern.", encoding="utf-8")
    settings, models = Settings(workers=1), fake_models()
    library = Library.open_or_create(folder.with_name("library"), "fake")
    index([folder], library, models, settings=settings)
    reader = MediaReader(settings)
    yield create_app(Engine(library, models, reader), settings).test_client()
    reader.close()
    library.close()


def hit(client, title, query="q=red"):
    hits = client.get(f"/api/v1/search?{query}&limit=50&fold=false").json["hits"]
    return next(one for one in hits if one["item"]["title"] == title)


def text(node):
    return " ".join(node.text().split())


def test_the_page_says_what_each_channel_is_worth_and_marks_the_words(client):
    item_id = hit(client, "harbour", "q=harbour+lantern")["item"]["id"]
    page = HTMLParser(client.get(f"/why/{item_id}?q=harbour+lantern").text)
    reasons = [text(node) for node in page.css("#reasons > ul li")]
    assert reasons[0].startswith("Place 1 of all that was found")
    assert any(reason.startswith("Without its text: ") for reason in reasons)
    marked = {tuple(text(node) for node in quote.css("mark")) for quote in page.css("#reasons blockquote")}
    assert marked == {("harbours", "lantern"), ("harbour",)}  # of its text, and of its name


def test_the_page_shows_where_a_picture_is_what_was_asked_for(client):
    found = hit(client, "corner.png")
    page = HTMLParser(client.get(f"/why/{found['item']['id']}?q=red").text)
    picture = page.css_first("#reasons img")
    assert "“red”" in picture.attributes["alt"]
    response = client.get(picture.attributes["src"])
    assert response.mimetype == "image/jpeg"
    pixels = np.asarray(Image.open(io.BytesIO(response.data)).convert("RGB"), int)
    assert pixels.shape == (70, 140, 3)
    assert abs(pixels[50:, 100:] - 128).max() < 12  # nothing is red there
    assert abs(pixels[10, 10] - 0.75 * np.array(COLOUR) - 0.25 * np.array((255, 0, 0))).max() < 25


def test_the_json_names_heat_maps_and_ranks(client):
    found = hit(client, "corner.png")
    answer = client.get(f"/api/v1/explain?item={found['item']['id']}&q=red").json
    assert answer["item"]["title"] == "corner.png"
    assert answer["score"] == pytest.approx(sum(one["contribution"] for one in answer["evidence"]))
    assert answer["explanation"]["rank"] >= 1
    assert set(answer["explanation"]["without"]) == {one["channel"] for one in answer["evidence"]}
    urls = {one["channel"]: one["heatmap_url"] for one in answer["evidence"]}
    assert urls["name"] is None
    response = client.get(urls["picture"])
    with Image.open(io.BytesIO(response.data)) as overlay:
        assert (overlay.format, overlay.mode, overlay.size) == ("PNG", "RGBA", (140, 70))
        alpha = np.asarray(overlay)[..., 3]
    assert alpha[10, 10] > 150
    assert alpha[60, 120] < 10


def test_a_search_can_be_explained_at_once(client):
    best = client.get("/api/v1/search?q=red&explain=true&limit=3").json["hits"][0]
    assert best["explanation"]["rank"] == 1
    assert client.get("/api/v1/search?q=red&limit=3").json["hits"][0]["explanation"] is None


def test_an_uploaded_example_can_be_explained_without_heat(client):
    found = hit(client, "corner.png")
    file = io.BytesIO()
    Image.new("RGB", (30, 30), (255, 0, 0)).save(file, "PNG")
    upload = (io.BytesIO(file.getvalue()), "red.png", "image/png")
    response = client.post(f"/api/v1/explain?item={found['item']['id']}", data={"image": upload})
    assert {one["heatmap_url"] for one in response.json["evidence"]} == {None}


def test_what_cannot_be_explained_says_why(client):
    found = hit(client, "harbour", "q=harbour")
    segment = found["evidence"][0]["segment_id"]
    for path, status, word in (
        ("/api/v1/explain?q=red", 400, "?item="),
        ("/api/v1/explain?item=99999&q=red", 404, "99999"),
        ("/api/v1/explain/heatmap?q=red", 400, "?segment="),
        ("/api/v1/explain/heatmap?segment=99999&q=red", 404, "99999"),
        (f"/api/v1/explain/heatmap?segment={segment}&q=red", 400, "no picture"),
        (f"/api/v1/explain/heatmap?segment={segment}", 400, "words"),
    ):
        response = client.get(path)
        assert response.status_code == status, path
        assert word in response.json["error"]
    told = client.post(f"/api/v1/explain?item={found['item']['id']}", data="{", content_type="text/plain")
    assert (told.status_code, "The body is not JSON" in told.json["error"]) == (400, True)
    page = client.get("/why/99999?q=red")
    assert (page.status_code, page.mimetype) == (404, "text/html")


def test_every_card_leads_to_its_reasons(client):
    page = HTMLParser(client.get("/?q=red&kind=picture&limit=3").text)
    address = page.css_first(".card .because a").attributes["href"]
    assert address.startswith("/why/")
    assert "q=red" in address
    assert "kind=picture" in address
    assert client.get(address).status_code == 200


def test_large_pictures_are_shrunk_and_the_heat_with_them():
    heat = np.zeros((2, 2), np.float32)
    heat[0, 1] = 1.0
    found = HeatMap(heat, np.full((1000, 2000, 3), 200, np.uint8))
    with Image.open(io.BytesIO(overlay_png(found))) as overlay:
        assert overlay.size == (LONGER_PX, LONGER_PX // 2)
        alpha = np.asarray(overlay)[..., 3]
    assert alpha[20, LONGER_PX - 20] == 191  # three quarters of 255
    assert alpha[-20, 20] < 5
    with Image.open(io.BytesIO(heated_jpeg(found))) as picture:
        assert picture.size == (LONGER_PX, LONGER_PX // 2)


def test_pieces_hold_the_whole_text():
    pieces = pieces_of("red dress", [(0, 3)])
    assert [(piece.text, piece.marked) for piece in pieces] == [("red", True), (" dress", False)]
    assert "".join(piece.text for piece in pieces_of("a b c", [(2, 3), (4, 5)])) == "a b c"
    assert pieces_of("", []) == ()
