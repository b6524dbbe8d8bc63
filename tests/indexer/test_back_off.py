"""Pictures of products that do not come: asked for again, later each time, and at once with a word."""

import time

import pytest

from tests.fetch.servers import Page
from tests.indexer.url_lists import GREEN, RED, asked, bodies, counts, items

DAY_S = 86_400


@pytest.mark.parametrize(
    ("page", "waits"),
    [(Page(status=403), (1, 24, 24 * 7, 24 * 7)), (Page(status=404), (24, 24 * 7, 24 * 28, 24 * 28))],
)
def test_a_picture_that_does_not_come_is_asked_for_later_each_time(fetching, server, feed, page, waits, later):
    server.pages["/red.png"] = page
    fetching(feed)
    for hours in waits:
        asked(server)
        later(hours * 0.9)
        summary = fetching(feed)
        assert ([failure.reason for failure in summary.failures] != [], asked(server)) == (True, [])
        later(hours * 0.1)
        fetching(feed)
        assert asked(server) == [("/red.png", "")]


def test_what_is_put_off_is_told_and_asked_for_at_once_with_retry(fetching, shelf, server, feed):
    server.pages["/red.png"] = Page(status=410)
    summary = fetching(feed)
    assert any("1 picture of a product did not come" in note and "--retry" in note for note in summary.notes)
    put_off = shelf.library.status().put_off
    assert put_off.pictures == 1
    assert 0.9 * DAY_S < put_off.again_at - time.time() < DAY_S
    asked(server)
    server.put("/red.png", RED)
    assert counts(fetching(feed, retry=True)) == (1, 1, 0, 0)
    assert bodies(items(shelf)["cup 1"]) == [RED, GREEN]
    assert shelf.library.status().put_off.pictures == 0
    assert all("did not come" not in note for note in fetching(feed).notes)


def test_a_row_that_changes_does_not_ask_for_what_is_put_off_and_keeps_it_named(fetching, shelf, server, sell, feed):
    server.pages["/red.png"] = Page(status=404)
    fetching(feed)
    asked(server)
    sell(("1", ["/red.png", "/green.png"], 4), ("2", ["/blue%20cup.png"], 6))
    summary = fetching(feed)
    assert (counts(summary), asked(server)) == ((1, 1, 0, 1), [])
    assert "404" in summary.failures[0].reason
    assert items(shelf)["cup 1"].attributes["unread_media"] == [server.url("/red.png")]
    assert counts(fetching(feed)) == (0, 2, 0, 1)


def test_what_nobody_was_asked_for_is_not_put_off(fetching, shelf, server, feed):
    fetching(feed, fetch_ports=(1,))
    assert shelf.library.status().put_off.pictures == 0
    assert counts(fetching(feed)) == (2, 0, 0, 0)


def test_a_picture_that_no_product_misses_any_more_is_forgotten(fetching, shelf, server, sell, feed):
    server.pages["/red.png"] = Page(status=404)
    fetching(feed)
    sell(("1", ["/green.png"], 5), ("2", ["/blue%20cup.png"], 6))
    fetching(feed)
    with shelf.library.writing() as writer:
        assert writer.refusals([server.url("/red.png")]) == {}
