"""A watched folder is taken over as it changes: added, changed, renamed, moved, deleted."""

import queue
import threading
import time

import pytest
from PIL import Image

from sensorium.indexer.progress import Silent
from sensorium.indexer.scan import Within
from sensorium.indexer.watch import Watcher, sources_of
from sensorium.settings import Settings

PATIENCE_S = 60


@pytest.fixture
def watched(shop, shelf):
    """Calls to make changes, each followed by waiting until the titles are as they should be."""
    photos = shop / "photos"
    settings = Settings(workers=1, exclude=("raw/",))
    watcher = Watcher(shelf.library, shelf.models, settings)
    rounds = queue.Queue()
    over = threading.Event()

    def run():
        for sources in watcher.batches([photos]):
            rounds.put(watcher.index(sources, Silent()))
            if over.is_set():
                return

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    rounds.get(timeout=PATIENCE_S)

    def until(*titles):
        ends = time.monotonic() + PATIENCE_S
        while sorted(titles) != shelf.titles():
            assert time.monotonic() < ends, shelf.titles()
            time.sleep(0.1)

    yield photos, until, rounds
    over.set()
    Image.new("RGB", (5, 5)).save(photos / "last.png")  # wakes the watcher up
    thread.join(PATIENCE_S)


def test_changes_are_taken_over_as_they_happen(watched, shelf):
    photos, until, _ = watched
    until("blue.png", "green.png", "notes", "red.png")
    before = {path.name: item_id for path, item_id in shelf.library.items_by_path().items()}
    Image.new("RGB", (20, 20), "white").save(photos / "white.png")
    (photos / "raw").mkdir()
    Image.new("RGB", (20, 20), "white").save(photos / "raw" / "left out.png")
    until("blue.png", "green.png", "notes", "red.png", "white.png")
    (photos / "red.png").rename(photos / "scarlet.png")
    until("blue.png", "green.png", "notes", "scarlet.png", "white.png")
    after = {path.name: item_id for path, item_id in shelf.library.items_by_path().items()}
    assert after["scarlet.png"] == before["red.png"]
    (photos / "green.png").unlink()
    until("blue.png", "notes", "scarlet.png", "white.png")


def test_a_change_is_looked_at_under_the_rules_of_the_folder_that_was_named(tmp_path):
    root, feed = tmp_path / "photos", tmp_path / "shop" / "feed.csv"
    (root / "new").mkdir(parents=True)
    for name in ("a.png", "film.srt", "film.exe"):
        (root / name).touch()
    changed = [root / "a.png", root / "film.srt", root / "film.exe", root / "gone.png", root / "new"]
    assert sources_of(changed, [root]) == [
        Within(root / "a.png", root), Within(root, root), Within(root / "gone.png", root), Within(root / "new", root),
    ]  # fmt: skip
    assert sources_of([feed.parent / "cup.jpg", tmp_path / "elsewhere.jpg"], [root, feed]) == [feed]


def test_a_part_of_a_folder_is_scanned_as_the_whole_would_be(shop, shelf):
    photos = shop / "photos"
    (photos / "raw" / "deep").mkdir(parents=True)
    (photos / ".sensoriumignore").write_text("raw/*.png\n")
    for place in ("raw/left.png", "raw/deep/right.png"):
        Image.new("RGB", (20, 20), "white").save(photos / place)
    shelf.index(Within(photos / "raw", photos), Within(photos / "red.png", photos))
    assert shelf.titles() == ["red.png", "right.png"]
    shelf.index(Within(photos / "red.png", photos), exclude=("red.*",))
    assert shelf.titles() == ["right.png"]
