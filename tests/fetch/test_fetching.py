"""What comes of asking: a file, nothing new, nothing any more, or a failure."""

import pytest

from sensorium.errors import FetchError
from sensorium.fetch import Fetched, Gone, Unchanged
from tests.fetch.conftest import left_behind
from tests.fetch.servers import Page, picture_bytes

RED = picture_bytes("red")


def test_a_file_comes_with_what_its_server_says_of_it(server, fetch):
    server.pages["/a/red%20cup.png"] = Page(
        RED, headers={"ETag": '"1"', "Last-Modified": "Mon, 02 Nov 2026 09:00:00 GMT"}
    )
    got = fetch(server.url("/a/red%20cup.png"))
    assert isinstance(got, Fetched)
    assert got.file.read_bytes() == RED
    assert (got.size, got.mime, got.name, got.file.suffix) == (len(RED), "image/png", "red cup.png", ".png")
    assert (got.etag, got.modified) == ('"1"', "Mon, 02 Nov 2026 09:00:00 GMT")
    headers = server.asked[0][1]
    assert headers["User-Agent"].startswith("Sensorium/")
    assert headers["Accept-Encoding"] == "identity"
    assert not {"Authorization", "Cookie", "Referer"} & set(headers)


def test_what_has_not_changed_is_not_sent_again(server, fetch):
    server.put("/x.png", RED, etag='"1"')
    assert fetch(server.url("/x.png"), etag='"1"') == Unchanged()
    assert isinstance(fetch(server.url("/x.png"), etag='"0"'), Fetched)
    fetch(server.url("/x.png"), modified="Mon, 02 Nov 2026 09:00:00 GMT")
    assert server.asked[-1][1]["If-Modified-Since"] == "Mon, 02 Nov 2026 09:00:00 GMT"


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_no_more_is_told_so(server, fetch, status):
    server.pages["/x"] = Page(status=status)
    assert fetch(server.url("/x")) == Gone(status)


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 403, 418])
def test_any_other_answer_is_a_failure(server, fetch, status, tmp_path):
    server.pages["/x"] = Page(status=status)
    with pytest.raises(FetchError, match=str(status)):
        fetch(server.url("/x"))
    assert left_behind(tmp_path) == []
