"""Indexing brings a library up to date: everything once, nothing twice, nothing lost over a bad file."""

import json
import os
import shutil

import pytest
from PIL import Image

from sensorium.indexer.scan import FeedChanges
from sensorium.types import Channel, Kind
from tests.fakes import FAKE_SPACE


def test_a_mixed_folder_and_a_feed_become_items(shop, shelf):
    summary = shelf.index(shop / "photos", shop / "goods" / "feed.jsonl")
    assert (summary.indexed, summary.failures) == (6, [])
    assert shelf.library.status().items == {Kind.DOCUMENT: 1, Kind.PICTURE: 3, Kind.PRODUCT: 2}
    assert shelf.titles() == ["blue cup", "blue.png", "green.png", "notes", "red cup", "red.png"]
    assert shelf.library.status().segments[Channel.PICTURE] == 5


def test_a_second_run_reads_and_encodes_nothing(shop, shelf):
    shelf.index(shop / "photos", shop / "goods" / "feed.jsonl")
    encoded = shelf.models.pictures.encoded, shelf.models.texts[0].encoded
    summary = shelf.index(shop / "photos", shop / "goods" / "feed.jsonl")
    assert (summary.indexed, summary.unchanged, summary.encoded) == (0, 6, 0)
    assert (shelf.models.pictures.encoded, shelf.models.texts[0].encoded) == encoded


def test_a_copy_is_an_item_of_its_own_with_the_same_encoding(shop, shelf):
    shelf.index(shop / "photos")
    before = shelf.models.pictures.encoded
    shutil.copy(shop / "photos" / "red.png", shop / "photos" / "copy.png")
    assert shelf.index(shop / "photos").indexed == 1
    assert shelf.models.pictures.encoded == before
    assert "copy.png" in shelf.titles()


def test_changed_files_are_read_again_and_vanished_ones_removed(shop, shelf):
    shelf.index(shop / "photos")
    (shop / "photos" / "red.png").unlink()
    Image.new("RGB", (10, 10), "white").save(shop / "photos" / "green.png")
    os.utime(shop / "photos" / "green.png", ns=(1, 1))
    summary = shelf.index(shop / "photos")
    assert (summary.indexed, summary.removed, summary.unchanged) == (1, 1, 2)
    assert shelf.titles() == ["blue.png", "green.png", "notes"]


def test_indexing_one_folder_leaves_the_others_alone(shop, shelf):
    shelf.index(shop / "photos", shop / "goods" / "feed.jsonl")
    summary = shelf.index(shop / "goods" / "feed.jsonl")
    assert (summary.removed, summary.unchanged) == (0, 2)
    assert len(shelf.titles()) == 6


def test_rows_that_leave_a_feed_leave_the_library(shop, shelf):
    feed = shop / "goods" / "feed.jsonl"
    shelf.index(feed)
    feed.write_text(feed.read_text().splitlines()[1])
    assert shelf.index(feed).removed == 1
    assert shelf.titles() == ["blue cup"]


def test_changes_of_a_feed_touch_only_what_they_name(shop, shelf):
    feed, changes = shop / "goods" / "feed.jsonl", shop / "changes.csv"
    shelf.index(feed)
    changes.write_text("id,title,price,deleted\n1,scarlet cup,7,\n2,,,yes\n9,green cup,3,no\n,,,true\n")
    summary = shelf.index(FeedChanges(changes, feed))
    assert (summary.indexed, summary.removed) == (2, 1)
    assert [failure.reason for failure in summary.failures] == ["row 5: no key of what is to be deleted"]
    cups = [found for found, _ in shelf.library.find_words(Channel.NAME, "cup", 9)]
    assert {segment.text for segment in shelf.library.segments(cups).values()} == {"green cup", "scarlet cup"}
    assert shelf.index(FeedChanges(changes, feed)).unchanged == 2
    assert shelf.index(feed).removed == 1  # the feed itself is the whole truth again
    assert shelf.titles() == ["blue cup", "red cup"]


def test_a_product_changes_with_its_picture(shop, shelf):
    feed = shop / "goods" / "feed.jsonl"
    shelf.index(feed)
    Image.new("RGB", (64, 64), "green").save(shop / "goods" / "red-cup.jpg")
    assert (shelf.index(feed).indexed, len(shelf.titles())) == (1, 2)


def test_pictures_of_products_are_not_items_of_their_own(shop, shelf):
    shelf.index(shop / "goods", shop / "goods" / "feed.jsonl")
    assert shelf.titles() == ["blue cup", "red cup"]
    assert shelf.index(shop / "goods").indexed == 0


def test_a_feed_in_a_folder_is_read_only_when_named(shop, shelf):
    summary = shelf.index(shop / "goods")
    assert shelf.titles() == ["blue-cup.jpg", "red-cup.jpg"]
    assert any("feed.jsonl was left out" in note for note in summary.notes)


def test_bad_files_are_named_and_the_rest_goes_on(shop, shelf):
    photos = shop / "photos"
    (photos / "empty.jpg").touch()
    (photos / "torn.png").write_bytes((photos / "red.png").read_bytes()[:60])
    (photos / "text.jpg").write_text("not a picture at all")
    summary = shelf.index(photos)
    assert summary.indexed == 4
    assert sorted(failure.path.name for failure in summary.failures) == ["empty.jpg", "text.jpg", "torn.png"]
    assert all(str(failure.path) in failure.reason for failure in summary.failures)
    again = shelf.index(photos)
    assert (again.indexed, again.unchanged, len(again.failures)) == (0, 4, 3)
    shutil.copy(photos / "red.png", photos / "torn.png")
    mended = shelf.index(photos)
    assert (mended.indexed, len(mended.failures)) == (1, 2)
    assert len(shelf.library.status().failures) == 2


def test_a_product_whose_picture_is_broken_is_found_by_its_words(shop, shelf):
    (shop / "goods" / "red-cup.jpg").write_bytes(b"\xff\xd8\xff broken")
    summary = shelf.index(shop / "goods" / "feed.jsonl")
    assert summary.indexed == 2
    assert [failure.path.name for failure in summary.failures] == ["red-cup.jpg"]
    assert shelf.library.find_words(Channel.NAME, "red cup", 5)
    again = shelf.index(shop / "goods" / "feed.jsonl")
    assert (again.unchanged, len(again.failures)) == (2, 1)


def test_what_failed_is_read_again_when_asked(shop, shelf):
    Image.new("RGB", (2000, 1000)).save(shop / "photos" / "huge.png")
    Image.new("RGB", (2000, 1000)).save(shop / "goods" / "red-cup.jpg")
    paths = shop / "photos", shop / "goods" / "feed.jsonl"
    assert len(shelf.index(*paths, max_megapixels=1).failures) == 2
    assert len(shelf.index(*paths).failures) == 2  # nothing has changed, so nothing is read
    again = shelf.index(*paths, retry=True)
    assert (again.indexed, again.failures, shelf.library.status().failures) == (2, [], ())


def test_bad_rows_are_named_by_their_number(shop, shelf):
    feed = shop / "goods" / "feed.jsonl"
    feed.write_text(feed.read_text() + "\n{broken\n" + json.dumps({"id": "3", "price": 2}))
    summary = shelf.index(feed)
    assert summary.indexed == 2
    assert len(summary.failures) == 2
    assert all("row" in failure.reason for failure in summary.failures)


def test_a_library_below_an_indexed_folder_is_left_out(shop, shelf):
    shelf.index(shop / "photos")
    assert shelf.library.folder.parent == shop
    assert list((shelf.library.folder / "thumbs").rglob("*.jpg"))
    shelf.index(shop)
    assert shelf.library.status().items == {Kind.DOCUMENT: 1, Kind.PICTURE: 5}


def test_limits_are_kept(shop, shelf):
    Image.new("RGB", (2000, 1000)).save(shop / "photos" / "huge.png")
    (failure,) = shelf.index(shop / "photos", max_megapixels=1).failures
    assert failure.path.name == "huge.png"
    assert "pixels" in failure.reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_named(shop, shelf):
    (shop / "photos" / "closed").mkdir(mode=0)
    assert any("cannot be listed" in failure.reason for failure in shelf.index(shop / "photos").failures)


def test_names_of_any_alphabet_are_kept_and_impossible_ones_named(shop, shelf):
    Image.new("RGB", (8, 8)).save(shop / "photos" / "Übergröße – 写真.png")
    with open(os.fsencode(shop / "photos") + b"/bad\xff.png", "wb") as file:  # noqa: PTH123 - bytes, not a path
        file.write(b"x")
    (failure,) = shelf.index(shop / "photos").failures
    assert "not valid UTF-8" in failure.reason
    assert "Übergröße – 写真.png" in shelf.titles()


def test_a_name_that_a_camera_gave_is_found_as_a_word_and_has_no_vector(shelf, tmp_path):
    folder = tmp_path / "camera"
    folder.mkdir()
    for name in ("IMG_0042.png", "harbour.png"):
        Image.new("RGB", (40, 30), "red").save(folder / name)
    assert shelf.index(folder).encoded == 2  # one picture, one name
    ids, _ = shelf.library.vectors(FAKE_SPACE, Channel.NAME)
    assert [shelf.library.segments([i])[i].text for i in ids.tolist()] == ["harbour"]
    assert len(shelf.library.find_words(Channel.NAME, "0042", 5)) == 1
