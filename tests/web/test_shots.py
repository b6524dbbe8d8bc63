from __future__ import annotations

from pathlib import Path

from PIL import Image

from sensorium.types import Channel, Evidence, Hit, Item, Kind, Medium, Segment
from sensorium.web.cards import card
from sensorium.web.shots import MAX_STILLS, shots_of

FILM = Item(50, Kind.FILM, "film", Path("film.mp4"), {}, (Medium(70, Path("film.mp4"), "video/mp4", 64, 48, 600.0),))


def stills(library, tmp_path, count):
    Image.new("RGB", (64, 48), (200, 30, 30)).save(tmp_path / "still.webp")
    found = [Segment(500 + n, 50, Channel.FRAME, 70, 5.0 * n, 5.0 * n + 5) for n in range(count)]
    library.add(FILM, found)
    library.stills.update({segment.id: tmp_path / "still.webp" for segment in found})
    return found


def test_a_film_shows_its_shots_at_their_times(app, library, tmp_path):
    segments = stills(library, tmp_path, 3)
    with app.test_request_context():
        shown = shots_of(FILM, segments, library)
    assert [(shot.label, shot.start_s) for shot in shown] == [("0:00", 0.0), ("0:05", 5.0), ("0:10", 10.0)]
    assert shown[2].url == "/media/70#t=10"
    assert shown[2].picture == "/stills/502"


def test_a_long_film_shows_some_of_its_shots_from_end_to_end(app, library, tmp_path):
    segments = stills(library, tmp_path, 1000)
    with app.test_request_context():
        shown = shots_of(FILM, segments, library)
    assert MAX_STILLS / 2 < len(shown) <= MAX_STILLS
    assert shown[0].start_s == 0.0
    assert shown[-1].start_s > 4900


def test_the_page_of_a_film_has_a_strip_of_its_shots(client, library, tmp_path):
    stills(library, tmp_path, 3)
    page = client.get("/items/50").get_data(as_text=True)
    assert page.count('src="/stills/50') == 3
    assert client.get("/stills/501").mimetype == "image/webp"
    assert client.get("/stills/99").status_code == 404


def test_a_hit_shows_what_is_seen_where_it_answers(app, library, tmp_path):
    segments = stills(library, tmp_path, 3)
    proofs = [
        Evidence(Channel.FRAME, "x", 0, each, 0.5, 2.0, 1, worth)
        for each, worth in zip(segments, (1, 3, 2), strict=True)
    ]
    with app.test_request_context():
        shown = card(Hit(FILM, 1.0, tuple(proofs)), frozenset(), library)
    assert shown.thumbnail == "/stills/501"
