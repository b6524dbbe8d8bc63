"""Product feeds that name their pictures by addresses: the whole life of these pictures."""

import json
import time
from contextlib import closing
from dataclasses import replace

import pytest
from click.testing import CliRunner

from sensorium import doctor
from sensorium.cli import main
from sensorium.indexer import index
from sensorium.indexer.scan import FeedChanges
from sensorium.library import Library
from sensorium.settings import Settings
from sensorium.types import Channel
from tests.fakes import register_fake_profile
from tests.fetch.servers import Page
from tests.indexer.url_lists import BLUE, GREEN, RED, Stopping, asked, bodies, counts, items, options

DAY_S = 86_400


@pytest.fixture
def aged(shelf, server):
    """Call it to make as if everything had been fetched so many days ago."""

    def age(days):
        urls = [server.url(path) for path in server.pages]
        with shelf.library.writing() as writer, writer.transaction() as write:
            for record in writer.fetched(urls).values():
                write.put_fetched(replace(record, fetched_at=time.time() - days * DAY_S))

    return age


def looks(shelf, item):
    """How many pictures of an item can be searched."""
    return sum(segment.channel is Channel.PICTURE for segment in shelf.library.segments_of_item(item.id))


def test_pictures_named_by_address_become_the_products_media(fetching, shelf, server, feed):
    assert counts(fetching(feed)) == (2, 0, 0, 0)
    found = items(shelf)
    assert (bodies(found["cup 1"]), bodies(found["cup 2"])) == ([RED, GREEN], [BLUE])
    assert looks(shelf, found["cup 1"]) == 2
    assert all(medium.path.parent == shelf.library.fetched for medium in found["cup 1"].media)
    assert shelf.library.thumbnail(found["cup 2"].media[0].id).is_file()
    assert "unread_media" not in found["cup 1"].attributes
    assert doctor.examine(shelf.library).findings == ()


def test_pictures_of_the_feeds_folder_and_of_the_web_go_together(fetching, shelf, server, feed):
    (feed.parent / "own.png").write_bytes(BLUE)
    row = {"id": 1, "title": "cup", "image": "own.png", "additional_image_link": server.url("/red.png")}
    feed.write_text(json.dumps(row))
    fetching(feed)
    assert bodies(items(shelf)["cup"]) == [BLUE, RED]


def test_an_unchanged_feed_asks_for_nothing(fetching, shelf, server, feed, aged):
    fetching(feed)
    aged(days=1000)
    asked(server)
    before = items(shelf), shelf.models.pictures.encoded
    assert counts(fetching(feed)) == (0, 2, 0, 0)
    assert (items(shelf), shelf.models.pictures.encoded, asked(server)) == (*before, [])


def test_a_new_price_asks_at_most_once_a_day_whether_a_picture_has_changed(fetching, shelf, server, sell, feed, aged):
    fetching(feed)
    before = items(shelf)["cup 1"]
    asked(server)
    sell(("1", ["/red.png", "/green.png"], 4), ("2", ["/blue%20cup.png"], 6))
    assert counts(fetching(feed)) == (1, 1, 0, 0)
    after = items(shelf)["cup 1"]
    assert (after.attributes["price"], after.media, asked(server)) == (4, before.media, [])
    aged(days=2)
    for price in (3, 2):
        sell(("1", ["/red.png", "/green.png"], price), ("2", ["/blue%20cup.png"], 6))
        fetching(feed)
    assert asked(server) == [("/green.png", '"g1"'), ("/red.png", '"r1"')]
    assert items(shelf)["cup 1"].media == before.media


def test_a_picture_that_has_changed_behind_its_address_is_taken(fetching, shelf, server, sell, feed, aged):
    fetching(feed)
    before = items(shelf)["cup 2"]
    server.put("/blue%20cup.png", GREEN, etag='"b2"')
    aged(days=2)
    sell(("1", ["/red.png", "/green.png"], 5), ("2", ["/blue%20cup.png"], 7))
    assert counts(fetching(feed)) == (1, 1, 0, 0)
    after = items(shelf)["cup 2"]
    assert (after.id, bodies(after)) == (before.id, [GREEN])
    assert not before.media[0].path.exists()


def test_with_a_setting_pictures_of_unchanged_rows_are_asked_for_now_and_then(fetching, shelf, server, feed, aged):
    fetching(feed)
    aged(days=8)
    asked(server)
    server.put("/red.png", BLUE, etag='"r2"')
    fetching(feed, fetch_recheck_days=7)
    assert asked(server) == [("/blue%20cup.png", '"b1"'), ("/green.png", '"g1"'), ("/red.png", '"r1"')]
    assert bodies(items(shelf)["cup 1"]) == [BLUE, GREEN]
    assert counts(fetching(feed, fetch_recheck_days=7)) == (0, 2, 0, 0)
    assert asked(server) == []


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (Page(status=404), "404"),
        (Page(status=403), "403"),
        (Page(b"<html>Sorry", "text/html"), "a picture was expected"),
    ],
)
def test_a_picture_that_does_not_come_costs_only_itself_and_is_asked_for_again(
    fetching, shelf, server, feed, page, told, later
):
    server.pages["/red.png"] = page
    summary = fetching(feed)
    assert counts(summary) == (2, 0, 0, 1)
    assert told in summary.failures[0].reason
    assert server.url("/red.png") in summary.failures[0].reason
    assert (bodies(items(shelf)["cup 1"]), bodies(items(shelf)["cup 2"])) == ([GREEN], [BLUE])
    assert items(shelf)["cup 1"].attributes["unread_media"] == [server.url("/red.png")]
    assert [failure.reason for failure in shelf.library.status().failures] == [summary.failures[0].reason]
    asked(server)
    assert counts(fetching(feed)) == (0, 2, 0, 1)
    assert asked(server) == []
    later(hours=24)
    assert counts(fetching(feed)) == (1, 1, 0, 1)
    assert asked(server) == [("/red.png", "")]
    server.put("/red.png", RED)
    later(hours=24 * 7)
    assert counts(fetching(feed)) == (1, 1, 0, 0)
    assert bodies(items(shelf)["cup 1"]) == [RED, GREEN]
    assert shelf.library.status().failures == ()
    assert counts(fetching(feed)) == (0, 2, 0, 0)


def test_a_picture_that_cannot_be_decoded_is_told_and_not_fetched_again(fetching, shelf, server, feed):
    server.put("/red.png", RED[:60], etag='"bad"')
    summary = fetching(feed)
    assert counts(summary) == (2, 0, 0, 1)
    assert server.url("/red.png") in summary.failures[0].reason
    assert "fetched/" not in summary.failures[0].reason
    asked(server)
    again = fetching(feed)
    assert (counts(again), asked(server)) == ((0, 2, 0, 1), [])
    assert again.failures[0].reason == summary.failures[0].reason
    server.put("/red.png", RED, etag='"r2"')
    assert counts(fetching(feed, retry=True)) == (1, 1, 0, 0)
    assert asked(server) == [("/green.png", '"g1"'), ("/red.png", '"bad"')]
    assert bodies(items(shelf)["cup 1"]) == [RED, GREEN]


def test_a_server_that_is_away_takes_no_picture_along(fetching, shelf, server, sell, feed, aged):
    fetching(feed)
    aged(days=2)
    server.pages["/red.png"] = Page(status=403)
    sell(("1", ["/red.png", "/green.png"], 1), ("2", ["/blue%20cup.png"], 6))
    assert counts(fetching(feed)) == (1, 1, 0, 1)
    assert bodies(items(shelf)["cup 1"]) == [RED, GREEN]


def test_a_product_that_vanishes_lets_its_files_go_and_the_others_keep_theirs(fetching, shelf, sell, feed):
    fetching(feed)
    sell(("2", ["/blue%20cup.png"], 6))
    assert fetching(feed).removed == 1
    assert len(list(shelf.library.fetched.iterdir())) == 3  # it may come back
    fetching(feed, keep_removed_days=0)
    (left,) = items(shelf).values()
    assert list(shelf.library.fetched.iterdir()) == [left.media[0].path]


def test_a_product_that_comes_back_is_fetched_no_second_time(fetching, shelf, server, sell, feed):
    fetching(feed)
    before = items(shelf)
    sell(("2", ["/blue%20cup.png"], 6))
    fetching(feed)
    asked(server)
    sell(("1", ["/red.png", "/green.png"], 5), ("2", ["/blue%20cup.png"], 6))
    assert fetching(feed).restored == 1
    assert (items(shelf), asked(server)) == (before, [])
    assert bodies(items(shelf)["cup 1"]) == [RED, GREEN]


def test_an_address_that_leaves_its_row_takes_its_file_and_its_failure_along(fetching, shelf, server, sell, feed):
    server.pages["/blue%20cup.png"] = Page(status=404)
    fetching(feed)
    sell(("1", ["/red.png"], 5), ("2", [], 6))
    assert counts(fetching(feed)) == (2, 0, 0, 0)
    assert shelf.library.status().failures == ()
    assert [file.read_bytes() for file in shelf.library.fetched.iterdir()] == [RED]


def test_variants_with_one_picture_ask_for_it_once(fetching, shelf, server, sell):
    server.pages["/none.png"] = Page(status=404)
    feed = sell(*((str(n), ["/red.png", "/none.png"], n) for n in range(20)))
    assert counts(fetching(feed)) == (20, 0, 0, 20)
    assert asked(server) == [("/none.png", ""), ("/red.png", "")]
    assert {bodies(item)[0] for item in items(shelf).values()} == {RED}


def test_without_fetching_nothing_is_asked_and_it_is_told_how(fetching, shelf, server, feed):
    summary = fetching(feed, fetch=False)
    assert counts(summary) == (2, 0, 0, 0)
    assert "names 3 pictures" in summary.notes[0]
    assert "--fetch" in summary.notes[0]
    assert items(shelf)["cup 2"].attributes["unread_media"] == [server.url("/blue%20cup.png")]
    assert counts(fetching(feed, fetch=False)) == (0, 2, 0, 0)
    assert asked(server) == []
    assert counts(fetching(feed)) == (2, 0, 0, 0)  # switched on
    assert bodies(items(shelf)["cup 1"]) == [RED, GREEN]


def test_what_was_fetched_stays_where_fetching_is_switched_off(fetching, shelf, sell, feed):
    fetching(feed)
    before = items(shelf)
    assert counts(fetching(feed, fetch=False)) == (0, 2, 0, 0)
    assert items(shelf) == before
    sell(("1", ["/red.png", "/blue%20cup.png"], 1), ("2", ["/new.png"], 6))
    assert counts(fetching(feed, fetch=False)) == (2, 0, 0, 0)
    assert bodies(items(shelf)["cup 1"]) == [RED, BLUE]
    assert items(shelf)["cup 2"].media == ()


def test_room_is_made_aloud_and_products_keep_their_pictures(fetching, shelf, server, sell, feed):
    summary = fetching(feed, fetch_keep_mb=0)
    assert "3 fetched files were let go" in summary.notes[0]
    found = items(shelf)
    assert list(shelf.library.fetched.iterdir()) == []
    assert doctor.examine(shelf.library).findings == ()
    assert shelf.library.thumbnail(found["cup 1"].media[0].id).is_file()
    assert counts(fetching(feed, fetch_keep_mb=0)) == (0, 2, 0, 0)
    asked(server)
    for fetch in (True, False):
        sell(("1", ["/red.png", "/green.png"], 8 + fetch), ("2", ["/blue%20cup.png"], 6))
        assert counts(fetching(feed, fetch_keep_mb=0, fetch=fetch)) == (1, 1, 0, 0)
        after = items(shelf)["cup 1"]
        assert (after.media, looks(shelf, after)) == (found["cup 1"].media, 2)
    assert asked(server) == []


def test_room_is_not_made_from_under_a_product_that_is_being_read(fetching, shelf, sell):
    feed = sell(*((str(n), ["/red.png", "/green.png"], n) for n in range(40)))
    assert counts(fetching(feed, fetch_keep_mb=0, batch_size=2)) == (40, 0, 0, 0)
    assert {looks(shelf, item) for item in items(shelf).values()} == {2}


def test_changes_of_a_feed_fetch_and_let_go(fetching, shelf, server, sell, feed, tmp_path):
    server.pages["/red.png"] = Page(status=404)
    assert len(fetching(feed).failures) == 1
    changes = sell(("3", ["/green.png"], 1), file=feed.parent / "changes.jsonl")
    changes.write_text(changes.read_text() + '\n{"id": "1", "deleted": true}')
    assert counts(fetching(FeedChanges(changes, feed))) == (1, 0, 1, 0)
    assert sorted(items(shelf)) == ["cup 2", "cup 3"]
    assert bodies(items(shelf)["cup 3"]) == [GREEN]
    assert shelf.library.status().failures == ()


def test_bad_addresses_are_named_without_their_passwords(fetching, shelf, feed):
    links = ["http://ann:geheim@127.0.0.1/x.png", "https://"]
    feed.write_text(json.dumps({"id": 1, "title": "cup", "images": links}))
    summary = fetching(feed)
    assert counts(summary) == (1, 0, 0, 2)
    assert "geheim" not in str((summary, items(shelf), shelf.library.status()))


def test_a_run_that_is_stopped_keeps_what_it_has_and_the_next_goes_on(shelf, server, sell):
    def slow(_):
        time.sleep(0.05)
        return Page(RED)

    server.pages |= {f"/{n}.png": slow for n in range(100)}
    feed = sell(*((str(n), [f"/{2 * n}.png", f"/{2 * n + 1}.png"], n) for n in range(50)))
    settings = Settings(workers=1, batch_size=4, **{**options(server), "fetch_delay_s": 0.01})
    watched = Stopping(10)
    first = index([feed], shelf.library, shelf.models, settings=settings, progress=watched)
    assert first.interrupted
    assert 1 <= first.indexed < 40
    assert len(server.asked) < 90
    assert all(bodies(item) == [RED, RED] for item in items(shelf).values())
    (fetch,) = (stage for stage in watched.states[-1].stages if stage.stage == "fetch")
    assert fetch.total == 100
    sell(*((str(n), [f"/{2 * n}.png", f"/{2 * n + 1}.png"], n) for n in range(6)))
    second = index([feed], shelf.library, shelf.models, settings=settings)
    assert second.indexed + second.unchanged == 6
    assert [len(bodies(items(shelf)[f"cup {n}"])) for n in range(6)] == [2] * 6


def test_a_feed_for_advertisements_is_fetched_with_a_word(server, tmp_path, monkeypatch):
    register_fake_profile()
    settings = {"PROFILE": "fake", "WORKERS": "1", "FETCH_ALLOW": "127.0.0.1/32", "FETCH_PORTS": str(server.port)}
    for name, value in settings.items():
        monkeypatch.setenv(f"SENSORIUM_{name}", value)
    feed = tmp_path / "merchant.csv"
    red, blue = server.url("/red.png"), server.url("/blue%20cup.png")
    feed.write_text(f'id,title,image link,additional image link\n1,red cup,{red},"{blue},{red}?b=1,2"\n')
    server.pages["/red.png?b=1,2"] = Page(GREEN)
    command = ["index", str(feed), "--library", str(tmp_path / "other")]
    assert "--fetch" in CliRunner().invoke(main, command).output
    assert server.asked == []
    assert "1 indexed" in CliRunner().invoke(main, [*command, "--fetch"]).output
    with closing(Library.open(tmp_path / "other")) as library:
        (item,) = library.items(library.snapshot().items.tolist()).values()
    assert bodies(item) == [RED, BLUE, GREEN]


def test_a_list_and_a_feed_may_name_the_same_address(fetching, shelf, server, sell, press, aged):
    feed = sell(("1", ["/red.png"], 5))
    assert counts(fetching(feed, press)) == (3, 0, 0, 0)
    server.put("/red.png", GREEN, etag='"r2"')
    fetching(press)
    assert bodies(items(shelf)["red.png"]) == [GREEN]
    assert bodies(items(shelf)["cup 1"]) == [RED]  # its row is as it was
    server.pages["/red.png"] = Page(status=404)
    aged(days=2)
    fetching(sell(("1", ["/red.png"], 6)))
    assert bodies(items(shelf)["red.png"]) == [GREEN]
