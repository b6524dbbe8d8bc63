"""What is taken: what is read here, and is what it is called."""

import time

import pytest

from sensorium.errors import FetchError
from tests.fetch.conftest import left_behind
from tests.fetch.servers import Page, picture_bytes

RED = picture_bytes("red")


@pytest.mark.parametrize(
    ("body", "declared"),
    [
        (RED, "text/html"), (RED, "application/pdf"), (RED, "video/mp4"), (RED, "application/json"),
        (b"<html>Log in first</html>", "image/png"), (b"<svg/>", "image/svg+xml"), (b"MZ\x90\0" * 50, "image/png"),
        (b"MZ\x90\0" * 50, "application/octet-stream"), (b"plain words", "application/octet-stream"),
        (b"id,title\n1,cup", "text/csv"), (b"\0\1\2" * 50, "text/plain"), (b"PK\3\4" + b"\0" * 99, "application/zip"),
        (b"", "image/png"),
    ],
)  # fmt: skip
def test_what_is_not_what_it_is_called_is_refused(server, fetch, body, declared, tmp_path):
    server.pages["/x"] = Page(body, declared)
    with pytest.raises(FetchError):
        fetch(server.url("/x"))
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("body", "declared", "suffix"),
    [
        (RED, "image/png", ".png"), (RED, "image/jpeg", ".png"), (RED, "IMAGE/PNG; charset=x", ".png"),
        (RED, "application/octet-stream", ".png"), (RED, None, ".png"), (b"%PDF-1.7 x", "application/pdf", ".pdf"),
        (b"<p>The harbour", "text/html; charset=utf-8", ".html"), (b"The harbour", "text/plain", ".txt"),
        (b"OggS" + b"\0" * 30, "audio/ogg", ".ogg"), (b"\0\0\0\x18ftypisom", "audio/mp4", ".mp4"),
    ],
)  # fmt: skip
def test_what_is_read_is_taken_by_what_it_is(server, fetch, body, declared, suffix):
    server.pages["/x"] = Page(body, declared)
    assert fetch(server.url("/x")).file.suffix == suffix


def test_a_wrong_type_ends_before_the_body_does(server, fetch):
    def words():
        while True:
            yield b"no picture " * 1000

    server.pages["/x"] = Page(chunks=words)
    began = time.monotonic()
    with pytest.raises(FetchError, match="begins like"):
        fetch(server.url("/x"))
    assert time.monotonic() - began < 8


def test_a_name_never_leads_anywhere(server, fetch, tmp_path):
    for header in (
        'attachment; filename="../../evil.png"',
        "attachment; filename*=UTF-8''..%2F..%2Fevil.png",
        "attachment; filename*=UTF-8''evi%00%0al.png",
    ):
        server.pages["/x"] = Page(RED, headers={"Content-Disposition": header})
        got = fetch(server.url("/x"))
        assert (got.name, got.file.parent) == ("evil.png", tmp_path / "fetched")
    server.pages["/.."] = Page(RED, headers={"Content-Disposition": 'attachment; filename=".."'})
    assert fetch(server.url("/..")).name == "127.0.0.1"
