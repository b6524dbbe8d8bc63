"""The contract of /api/v1."""

import io
import json

import pytest

from sensorium.errors import LibraryError, MediaError, ModelUnavailable, QueryError
from sensorium.settings import Settings
from sensorium.types import Channel, Filter, Kind, Modality, Part, Range, SortKey, Term
from sensorium.web import create_app

SEARCH = "/api/v1/search"


def ids(response):
    assert response.status_code == 200, response.json
    return [hit["item"]["id"] for hit in response.json["hits"]]


def upload(content=b"bytes of a picture", name="photo.JPG", mime="image/jpeg"):
    return io.BytesIO(content), name, mime


def test_words_are_asked_by_address_and_by_json_alike(client, engine):
    assert ids(client.get(SEARCH, query_string={"q": "red ball", "kind": "picture", "limit": 5})) == [1]
    assert ids(client.post(SEARCH, json={"q": "red ball", "kinds": ["picture"], "limit": 5})) == [1]
    first, second = engine.asked
    assert first == second
    assert first.parts == (Part(Modality.TEXT, text="red ball"),)
    assert (first.kinds, first.limit) == ((Kind.PICTURE,), 5)


def test_media_of_hits_have_addresses_that_answer(client):
    (hit,) = client.get(SEARCH, query_string={"q": "ball"}).json["hits"]
    (medium,) = hit["item"]["media"]
    assert (medium["url"], medium["thumbnail_url"]) == ("/media/11", "/thumbnails/11")
    assert client.get(medium["url"]).mimetype == "image/png"
    assert client.get(medium["thumbnail_url"]).mimetype == "image/webp"


def test_a_medium_without_a_thumbnail_says_null(client):
    (hit,) = client.get(SEARCH, query_string={"q": "organ"}).json["hits"]
    assert hit["item"]["media"][0]["thumbnail_url"] is None
    assert hit["moments"] == [{"medium_id": 13, "start_s": 83.25, "end_s": 90.0, "page": None}]


def test_parts_have_weights_and_negative_ones_push_away(client, engine):
    client.post(SEARCH, json={"q": "shoe", "parts": [{"text": "red", "weight": -0.5}, {"like": 3}]})
    words, away, like = engine.asked[0].parts
    assert (words.text, words.weight) == ("shoe", 1.0)
    assert (away.text, away.weight) == ("red", -0.5)
    assert like == Part(Modality.ITEM, like=3)


def test_an_item_is_an_example_by_its_number(client, engine):
    client.get(SEARCH, query_string={"like": 1, "weight_like": 0.5})
    client.get(SEARCH, query_string={"q": "like:1^0.5"})
    client.post(SEARCH, json={"parts": [{"like": 1, "weight": 0.5}]})
    assert {query.parts for query in engine.asked} == {(Part(Modality.ITEM, weight=0.5, like=1),)}


def test_the_query_language_is_one_from_every_door(client, engine):
    typed = 'red -blue said:"the organ"^0.5 price<50 -colour:green sort:-price'
    spoken = {"text": '"the organ"', "weight": 0.5, "scope": "said"}
    apart = {"filters": ["price<50", "-colour:green"], "sort": "-price"}
    client.get(SEARCH, query_string={"q": typed, "facets": "price,kind"})
    client.post(SEARCH, json={"q": typed, "facets": ["price", "kind"]})
    client.post(SEARCH, json={"q": "red -blue", "parts": [spoken], "facets": ["price", "kind"], **apart})
    client.get(SEARCH, query_string={"q": typed.replace(" price<50", ""), "filter": "price<50", "facets": "price,kind"})
    first, *others = engine.asked
    assert first.filters == (
        Filter("price", (Range(high="50", includes_high=False),)),
        Filter("colour", (Term("green"),), excluded=True),
    )
    assert (first.sort, first.facets) == ((SortKey("price", descending=True),), ("price", "kind"))
    assert [(part.text, part.weight, part.channels) for part in first.parts] == [
        ("red", 1.0, ()),
        ("blue", -1.0, ()),
        ('"the organ"', 0.5, (Channel.SPEECH,)),
    ]
    assert others[:2] == [first, first]
    assert (others[2].parts, set(others[2].filters)) == (first.parts, set(first.filters))


def test_an_answer_says_how_the_query_was_read(client):
    assert client.get(SEARCH, query_string={"q": "ball  color:red,blue"}).json["query"] == "ball colour:red,blue"


def test_a_slip_in_the_query_is_400_with_its_place(client, engine):
    response = client.get(SEARCH, query_string={"q": "shoe price<cheap"})
    assert response.status_code == 400
    assert response.json["error"].startswith("Behind < comes a number or a date")
    assert (response.json["query"], response.json["start"], response.json["end"]) == ("shoe price<cheap", 11, 16)
    assert engine.asked == []


def test_uploads_can_be_read_during_the_search_and_are_gone_after_it(client, engine):
    fields = {
        "q": "ball",
        "weight_q": "0.5",
        "image": [upload(b"first"), upload(b"second", "b.png", "image/png")],
        "weight_image": ["2", "-1"],
        "audio": upload(b"sound", "clip.mp3", "audio/mpeg"),
        "video": upload(b"film", "clip.mp4", "video/mp4"),
        "kinds": "picture,product",
        "limit": "3",
    }
    response = client.post(SEARCH, data=fields, content_type="multipart/form-data")
    assert ids(response) == [1, 2]
    assert [example[:3] for example in engine.examples] == [
        (Modality.PICTURE, ".jpg", b"first"),
        (Modality.PICTURE, ".png", b"second"),
        (Modality.SOUND, ".mp3", b"sound"),
        (Modality.FILM, ".mp4", b"film"),
    ]
    (query,) = engine.asked
    assert [part.weight for part in query.parts] == [0.5, 2.0, -1.0, 1.0, 1.0]
    assert (query.kinds, query.limit) == ((Kind.PICTURE, Kind.PRODUCT), 3)
    folders = {example[3].parent for example in engine.examples}
    assert len(folders) == 1
    assert not folders.pop().exists()


def test_the_folder_of_uploads_is_removed_when_the_search_fails(client, engine, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "uploads"))
    (tmp_path / "uploads").mkdir()
    engine.problem = MediaError("no picture")
    assert client.post(SEARCH, data={"image": upload()}).status_code == 400
    assert list((tmp_path / "uploads").iterdir()) == []


def test_the_name_of_an_upload_never_becomes_part_of_a_path(client, engine):
    client.post(SEARCH, data={"image": upload(name="../../../../etc/cron.d/x.sh;rm -rf")})
    path = engine.examples[0][3]
    assert path.parent.name.startswith("sensorium-")
    assert path.name == "0.jpg"  # the name's ending is no suffix, so the media type gives it


def test_an_upload_that_cannot_be_read_is_called_by_its_own_name(engine):
    class Unreadable:
        library = engine.library

        def search(self, query):
            raise MediaError(f"{query.parts[0].path} is no picture.")

    client = create_app(Unreadable(), Settings()).test_client()
    response = client.post(SEARCH, data={"image": upload(name="my cat.png")})
    assert (response.status_code, response.json) == (400, {"error": "'my cat.png' is no picture."})


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({}, "The query is empty"),
        ({"q": "   "}, "The query is empty"),
        ({"q": "x", "kinds": ["song"]}, "kinds"),
        ({"q": "x", "limit": 0}, "limit"),
        ({"q": "x", "limit": 100_000}, "limit"),
        ({"q": "x", "colour": "red"}, "colour"),
        ({"q": 7}, "q: "),
        ({"parts": [{"text": "a", "like": 1}]}, "either a text or a like"),
        ({"parts": [{"text": "a", "weight": "much"}]}, "parts.0.weight"),
        ({"parts": [{"text": "a"}] * 17}, "at most 16"),
        ({"q": "x", "filters": ["red shoe"]}, "'red shoe' is no filter"),
        ({"q": "x", "filters": ["prize<5"]}, "Did you mean price?"),
        ({"q": "x", "sort": "prize"}, "Did you mean price?"),
        ({"parts": [{"text": "x", "scope": "smell"}]}, "a scope is one of said"),
        (["q"], "JSON object"),
    ],
)
def test_bad_input_is_400_with_a_sentence(client, engine, document, sentence):
    response = client.post(SEARCH, json=document)
    assert response.status_code == 400
    assert sentence in response.json["error"]
    assert engine.asked == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"picture": upload}, "No upload field is named 'picture'"),
        ({"image": lambda: upload(b"")}, "'photo.JPG' is empty"),
        ({"image": upload, "weight_image": "heavy"}, "'heavy'"),
        ({"file": lambda: upload(name="a.pdf", mime="application/pdf")}, "application/pdf"),
        ({"q": "x", "weight_q": "nan"}, "finite"),
    ],
)
def test_bad_forms_are_400_with_a_sentence(client, fields, sentence):
    data = {name: value() if callable(value) else value for name, value in fields.items()}
    response = client.post(SEARCH, data=data, content_type="multipart/form-data")
    assert response.status_code == 400
    assert sentence in response.json["error"]


def test_a_body_that_is_no_json_is_400(client):
    response = client.post(SEARCH, data="{", content_type="application/json")
    assert response.status_code == 400
    assert list(response.json) == ["error"]


def test_a_body_that_is_no_json_is_told_what_is_expected(client):
    answer = client.post("/api/v1/search", data="{", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert "The body is not JSON. Send a query such as" in answer.json["error"]


def test_a_non_finite_weight_in_json_is_400(client):
    response = client.post(SEARCH, data='{"parts": [{"text": "a", "weight": NaN}]}', content_type="application/json")
    assert response.status_code == 400


@pytest.mark.parametrize("item_id", [99, 2**63 - 1, 2**70])
def test_unknown_items_are_404(client, item_id):
    response = client.get(f"/api/v1/items/{item_id}")
    assert response.status_code == 404
    assert list(response.json) == ["error"]


def test_unknown_examples_are_404_and_impossible_ids_400(client):
    assert client.post(SEARCH, json={"like": 99}).status_code == 404
    assert client.post(SEARCH, json={"like": 2**70}).status_code == 400


def test_unknown_routes_and_methods_are_answered_in_json(client):
    assert client.get("/api/v1/nothing").json == {"error": "There is nothing at /api/v1/nothing."}
    response = client.delete(SEARCH)
    assert response.status_code == 405
    assert response.json == {"error": "DELETE is not possible at /api/v1/search."}


def test_an_upload_above_the_limit_is_413(client, engine):
    response = client.post(SEARCH, data={"image": upload(b"x" * (2 * 2**20))})
    assert response.status_code == 413
    assert "larger than 1 MB" in response.json["error"]
    assert engine.asked == []


@pytest.mark.parametrize(
    ("problem", "status", "sentence"),
    [
        (QueryError("Say more."), 400, "Say more."),
        (LibraryError("The library is broken."), 503, "The library is broken."),
        (ModelUnavailable("No weights."), 503, "No weights."),
        (ZeroDivisionError("secret"), 500, "Something went wrong in the service. Its log says what."),
    ],
)
def test_failures_of_the_engine(client, engine, problem, status, sentence, caplog):
    engine.problem = problem
    response = client.get(SEARCH, query_string={"q": "x"})
    assert (response.status_code, response.json) == (status, {"error": sentence})
    assert (str(problem) in caplog.text) == (status >= 500)


def test_items_are_shown_with_their_attributes(client):
    shoe = client.get("/api/v1/items/2").json
    assert (shoe["kind"], shoe["attributes"]["price"]) == ("product", "49.5")
    assert shoe["media"][0]["url"] == "/media/12"


def test_titles_with_markup_stay_data_in_json(client):
    response = client.get("/api/v1/items/2")
    assert response.mimetype == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert json.loads(response.data)["title"].endswith("<script>alert('title')</script>")


def test_status_counts_items_by_kind(client):
    status = client.get("/api/v1/status").json
    assert (status["profile"], status["items"]["document"], status["failures"]) == ("fake", 3, [])


def test_health_follows_the_catalogue(client, library):
    assert client.get("/api/v1/health").json == {"status": "ok"}
    library.problem = LibraryError("The disk is gone.")
    response = client.get("/api/v1/health")
    assert (response.status_code, response.json["error"]) == (503, "The disk is gone.")


@pytest.mark.parametrize("name", ["localhost:7700", "127.0.0.1:7700", "[::1]:7700", "localhost"])
def test_a_private_service_answers_to_loopback_names(client, name):
    assert client.get("/api/v1/health", headers={"Host": name}).status_code == 200


def test_a_private_service_does_not_answer_to_a_rebound_name(client):
    response = client.get(SEARCH, query_string={"q": "ball"}, headers={"Host": "evil.example:7700"})
    assert response.status_code == 400
    assert "evil.example" in response.json["error"]


def test_the_library_is_not_asked_for_names_by_a_query_that_can_hold_none(client, library, monkeypatch):
    asked = []
    fields = library.fields
    monkeypatch.setattr(library, "fields", lambda: asked.append(1) or fields())
    client.get(SEARCH, query_string={"q": "a red ball -blue^2"})
    assert asked == []
    assert client.get(SEARCH, query_string={"q": "ball colour:red"}).json["query"] == "ball colour:red"
    assert asked
