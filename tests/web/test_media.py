"""Media by id: ranges, conditions, and nothing but what the catalogue holds."""

from dataclasses import replace

import pytest


def test_a_medium_comes_whole_with_the_catalogues_type(client, library):
    response = client.get("/media/13")
    assert response.status_code == 200
    assert response.data == library.medium(13).path.read_bytes()
    assert response.headers["Content-Type"] == "audio/x-wav"
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "start", "end"), [("100-199", 100, 200), ("64000-", 64000, None), ("-10", -10, None)]
)
def test_players_can_seek_by_ranges(client, library, asked, start, end):
    whole = library.medium(13).path.read_bytes()
    response = client.get("/media/13", headers={"Range": f"bytes={asked}"})
    assert response.status_code == 206
    assert response.data == whole[start:end]
    assert response.headers["Content-Range"].endswith(f"/{len(whole)}")


def test_a_range_past_the_end_is_416(client, library):
    size = library.medium(13).path.stat().st_size
    response = client.get("/media/13", headers={"Range": f"bytes={size + 1}-"})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{size}"


def test_an_unchanged_medium_is_not_sent_again(client):
    tag = client.get("/media/11").headers["ETag"]
    assert client.get("/media/11", headers={"If-None-Match": tag}).status_code == 304


def test_documents_that_may_carry_script_are_sandboxed(client):
    assert client.get("/media/15").headers["Content-Security-Policy"].startswith("sandbox;")


def test_vector_drawings_are_sandboxed_and_photos_are_not(client, library, tmp_path):
    drawing = tmp_path / "drawing.svg"
    drawing.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    item = library.item(1)
    library.add(replace(item, media=(*item.media, replace(item.media[0], id=20, path=drawing, mime="image/svg+xml"))))
    assert client.get("/media/20").headers["Content-Security-Policy"].startswith("sandbox;")
    assert "sandbox" not in client.get("/media/11").headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/media/99", f"/media/{2**70}", "/thumbnails/99", "/thumbnails/13"])
def test_unknown_ids_and_missing_thumbnails_are_404(client, path):
    assert client.get(path).status_code == 404


def test_a_file_that_has_vanished_is_404_with_a_sentence(client):
    response = client.get("/media/16")
    assert response.status_code == 404
    assert "has vanished" in response.text
    assert "gone.png" in response.text


@pytest.mark.parametrize(
    "path",
    [
        "/media/../conftest.py",
        "/media/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/media/11/../../etc/passwd",
        "/media//etc/passwd",
        "/media/etc/passwd",
        "/media/-1",
        "/thumbnails/../../etc/passwd",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
    ],
)
def test_files_cannot_be_reached_by_path(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert b"root:" not in response.data
    assert b"import" not in response.data
