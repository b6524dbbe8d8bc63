"""The whole life of what lists of URLs name, as with files."""

from sensorium.types import Channel, Kind
from tests.fetch.servers import Page
from tests.indexer.url_lists import BLUE, GREEN, RED, counts, items


def test_nothing_is_fetched_unless_it_is_allowed(fetching, server, press):
    summary = fetching(press, fetch=False)
    assert counts(summary) == (0, 0, 0, 0)
    assert "--fetch" in summary.notes[0]
    assert server.asked == []


def test_each_address_becomes_an_item(fetching, shelf, server, press):
    assert counts(fetching(press)) == (2, 0, 0, 0)
    found = items(shelf)
    assert sorted(found) == ["blue cup.png", "red.png"]
    cup = found["blue cup.png"]
    assert (cup.kind, cup.path) == (Kind.PICTURE, press)
    assert cup.attributes["url"] == server.url("/blue%20cup.png")
    assert cup.attributes["site"] == "127.0.0.1"
    assert cup.media[0].path.read_bytes() == BLUE
    assert cup.media[0].path.parent == shelf.library.fetched
    assert shelf.library.thumbnail(cup.media[0].id).is_file()
    assert [shelf.library.segments([i])[i].item_id for i, _ in shelf.library.find_words(Channel.NAME, "cup", 5)] == [
        cup.id
    ]


def test_what_has_not_changed_is_asked_for_and_not_sent(fetching, server, held, press):
    before = items(held), held.models.pictures.encoded
    assert counts(fetching(press)) == (0, 2, 0, 0)
    assert (items(held), held.models.pictures.encoded) == before
    assert sorted(headers.get("If-None-Match") for _, headers in server.asked) == ['"b1"', '"r1"']


def test_what_a_server_sends_again_though_it_is_the_same_is_not_read_again(fetching, shelf, server, press):
    server.pages |= {"/red.png": Page(RED), "/blue%20cup.png": Page(BLUE)}
    fetching(press)
    before = items(shelf)
    assert counts(fetching(press)) == (0, 2, 0, 0)
    assert items(shelf) == before
    assert all(item.media[0].path.is_file() for item in before.values())


def test_what_has_changed_is_read_again_and_keeps_its_id(fetching, server, held, press):
    before = items(held)["red.png"]
    server.put("/red.png", GREEN, etag='"r2"')
    assert counts(fetching(press)) == (1, 1, 0, 0)
    after = items(held)["red.png"]
    assert after.id == before.id
    assert after.media[0].path.read_bytes() == GREEN
    assert not before.media[0].path.exists()


def test_what_is_gone_is_removed_and_told(fetching, server, held, press):
    red = items(held)["red.png"].id
    server.pages["/red.png"] = Page(status=410)
    summary = fetching(press)
    assert counts(summary) == (0, 1, 1, 1)
    assert "410" in summary.failures[0].reason
    assert list(items(held)) == ["blue cup.png"]
    server.put("/red.png", RED, etag='"r1"')
    encoded = held.models.pictures.encoded
    assert fetching(press).failures == []
    assert (items(held)["red.png"].id, held.models.pictures.encoded) == (red, encoded)
    assert held.library.status().failures == ()


def test_any_other_failure_keeps_what_is_held(fetching, server, held, press):
    before = items(held)
    for page in (Page(status=403), Page(b"<html>Log in", "image/png"), Page(b"<html>Log in", "text/csv"), Page(b"")):
        server.pages["/red.png"] = page
        summary = fetching(press)
        assert counts(summary) == (0, 1, 0, 1)
        assert items(held) == before
        assert [failure.reason for failure in held.library.status().failures] == [summary.failures[0].reason]
    server.put("/red.png", RED, etag='"r1"')
    assert counts(fetching(press)) == (0, 2, 0, 0)
    assert held.library.status().failures == ()


def test_a_line_that_vanishes_takes_its_item_along_and_brings_it_back(listed, fetching, server, held, press):
    before = items(held)
    listed("/blue%20cup.png")
    assert counts(fetching(press)) == (0, 1, 1, 0)
    assert list(items(held)) == ["blue cup.png"]
    encoded = held.models.pictures.encoded
    listed("/red.png", "/blue%20cup.png")
    summary = fetching(press)
    assert (summary.restored, summary.indexed, held.models.pictures.encoded) == (1, 0, encoded)
    assert items(held) == before
    assert '"r1"' in [headers.get("If-None-Match") for _, headers in server.asked[-2:]]


def test_what_came_back_and_has_changed_meanwhile_is_read(listed, fetching, server, held, press):
    red = items(held)["red.png"].id
    listed("/blue%20cup.png")
    fetching(press)
    server.put("/red.png", GREEN, etag='"r2"')
    listed("/red.png", "/blue%20cup.png")
    fetching(press)
    assert items(held)["red.png"].id == red
    assert items(held)["red.png"].media[0].path.read_bytes() == GREEN


def test_a_list_that_vanishes_takes_all_along(fetching, held, press):
    press.unlink()
    assert fetching(press).removed == 2
    assert items(held) == {}


def test_what_cannot_be_decoded_is_told_once_and_not_fetched_again(fetching, server, press):
    server.put("/red.png", RED[:60], etag='"bad"')
    summary = fetching(press)
    assert counts(summary) == (1, 0, 0, 1)
    assert server.url("/red.png") in summary.failures[0].reason
    assert "fetched/" not in summary.failures[0].reason
    again = fetching(press)
    assert (counts(again), again.failures) == ((0, 1, 0, 1), summary.failures)
    assert sorted(headers.get("If-None-Match") for _, headers in server.asked[-2:]) == ['"b1"', '"bad"']
    server.put("/red.png", RED, etag='"r2"')
    assert counts(fetching(press)) == (1, 1, 0, 0)


def test_retry_fetches_what_could_not_be_decoded(fetching, server, press):
    server.put("/red.png", RED[:60], etag='"bad"')
    fetching(press)
    fetching(press, retry=True)
    asked = [headers.get("If-None-Match") for path, headers in server.asked if path == "/red.png"]
    assert asked == [None, None]
