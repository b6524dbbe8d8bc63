"""A shop's XML feed through the whole of indexing: its life is that of any other feed."""

from contextlib import closing

import pytest
from click.testing import CliRunner
from PIL import Image

from sensorium.cli import main
from sensorium.indexer.scan import FeedChanges
from sensorium.indexer.worker import Worker
from sensorium.jobs import JobQueue, JobState
from sensorium.library import Library
from tests.fakes import register_fake_profile
from tests.indexer.url_lists import BLUE, RED, counts, items

HEAD = '<?xml version="1.0"?><rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>S</title>'


@pytest.fixture
def sell(tmp_path):
    """Call it with rows to write a feed: (key, what else its item says)."""
    folder = tmp_path / "shop"
    folder.mkdir()

    def write(*rows, name="products.xml"):
        items = (f"<item><g:id>{key}</g:id><title>cup {key}</title>{rest}</item>" for key, rest in rows)
        (folder / name).write_text(f"{HEAD}{''.join(items)}</channel></rss>")
        return folder / name

    return write


def price(amount):
    return f"<g:price>{amount} EUR</g:price>"


def test_rows_are_added_changed_and_removed_by_their_keys(shelf, sell):
    assert counts(shelf.index(sell(("1", price(5)), ("2", price(6))))) == (2, 0, 0, 0)
    before = items(shelf)
    assert counts(shelf.index(sell(("1", price(4)), ("3", price(7))))) == (2, 0, 1, 0)
    after = items(shelf)
    assert (sorted(after), after["cup 1"].id) == (["cup 1", "cup 3"], before["cup 1"].id)
    assert after["cup 1"].attributes["price"] == 4
    assert counts(shelf.index(sell(("1", price(4)), ("3", price(7))))) == (0, 2, 0, 0)


def test_changes_may_come_as_xml(shelf, sell):
    feed = sell(("1", price(5)), ("2", price(6)))
    shelf.index(feed)
    changes = sell(("2", "<g:deleted>yes</g:deleted>"), ("3", price(7)), name="changes.xml")
    assert counts(shelf.index(FeedChanges(changes, feed))) == (1, 0, 1, 0)
    assert sorted(items(shelf)) == ["cup 1", "cup 3"]


def test_pictures_beside_the_feed_and_on_the_web_become_the_products(fetching, shelf, server, sell):
    feed = sell(
        (
            "1",
            f"<g:image_link>{server.url('/red.png')}</g:image_link><g:additional_image_link>own.png</g:additional_image_link>",
        )
    )
    Image.new("RGB", (32, 32), "green").save(feed.parent / "own.png")
    fetching(feed)
    (cup,) = items(shelf).values()
    assert [medium.path.read_bytes() for medium in cup.media] == [(feed.parent / "own.png").read_bytes(), RED]


def test_a_bad_row_is_named_and_the_others_are_products(shelf, sell):
    feed = sell(("1", price(5)), ("2", "<g:brand>Salt & Co</g:brand>"), ("3", price(7)))
    summary = shelf.index(feed)
    assert counts(summary)[0] == 2
    assert [failure.reason for failure in summary.failures] == ["row 1: not XML: an & stands alone; write it as &amp;"]


def test_a_job_of_the_page_takes_a_feed_as_a_path(shelf, sell):
    feed = sell(("1", price(5)))
    queue = JobQueue(shelf.library.folder)
    queue.ask([feed])
    worker = Worker(shelf.library.folder, lambda job, _progress: shelf.index(*job.paths))
    turns = iter((True, False))
    assert worker.work(lambda: next(turns))
    assert [job.state for job in queue.jobs(1)] == [JobState.DONE]
    assert sorted(items(shelf)) == ["cup 1"]


def test_options_of_a_product_are_searched_as_its_text(shelf, tmp_path):
    feed = tmp_path / "shirts.csv"
    feed.write_text("Handle,Title,Option1 Name,Option1 Value,Image Src\ns,Shirt,Colour,teal,\ns,,,ochre,\n")
    shelf.index(feed)
    (shirt,) = items(shelf).values()
    assert shirt.attributes["Colour"] == ["teal", "ochre"]
    texts = [segment.text for segment in shelf.library.segments_of_item(shirt.id)]
    assert any("teal" in text and "ochre" in text for text in texts if text)


def test_the_command_takes_a_feed_in_xml(server, tmp_path, monkeypatch, sell):
    register_fake_profile()
    settings = {"PROFILE": "fake", "WORKERS": "1", "FETCH_ALLOW": "127.0.0.1/32", "FETCH_PORTS": str(server.port)}
    for name, value in settings.items():
        monkeypatch.setenv(f"SENSORIUM_{name}", value)
    feed = sell(("1", f"<g:image_link>{server.url('/blue%20cup.png')}</g:image_link>"))
    ran = CliRunner().invoke(main, ["index", str(feed), "--library", str(tmp_path / "other"), "--fetch"])
    assert "1 indexed" in ran.output
    with closing(Library.open(tmp_path / "other")) as library:
        (item,) = library.items(library.snapshot().items.tolist()).values()
    assert [medium.path.read_bytes() for medium in item.media] == [BLUE]
