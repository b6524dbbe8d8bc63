"""The whole life of an item: it keeps its id while its file is changed, renamed, moved, gone for a while and back."""

import os
import shutil
import unicodedata

import pytest
from PIL import Image

from sensorium.catalogue.drafts import ItemDraft
from sensorium.types import Channel
from tests.fakes import FAKE_SPACE


@pytest.fixture
def photos(shop, shelf):
    """The folder of three pictures and a text, indexed."""
    shelf.index(shop / "photos")
    return shop / "photos"


def ids(shelf):
    """Name of the file → id of its item."""
    return {path.name: item_id for path, item_id in shelf.library.items_by_path().items()}


def encoded(shelf):
    return shelf.models.pictures.encoded, shelf.models.texts[0].encoded


def found_by_picture(shelf, colour):
    """The name of the file that is most like a picture of one colour."""
    probe = shelf.models.texts[0].encode_texts([colour])
    nearest = shelf.library.nearest(FAKE_SPACE, Channel.PICTURE, probe, 1)
    segment = shelf.library.segments(nearest.ids[0].tolist())[int(nearest.ids[0, 0])]
    return shelf.library.item(segment.item_id).path.name


def test_a_changed_file_keeps_its_id(photos, shelf):
    before = ids(shelf)
    Image.new("RGB", (33, 44), "white").save(photos / "red.png")
    assert shelf.index(photos).indexed == 1
    assert ids(shelf) == before
    assert found_by_picture(shelf, "white") == "red.png"


def test_a_touched_file_is_not_decoded_again(photos, shelf):
    before = ids(shelf), encoded(shelf)
    os.utime(photos / "red.png", ns=(1, 1))
    summary = shelf.index(photos)
    assert (summary.indexed, summary.known, summary.failures) == (1, 1, [])
    assert (ids(shelf), encoded(shelf)) == before
    assert shelf.index(photos).unchanged == 4


def test_a_renamed_file_keeps_its_id_and_only_its_name_is_encoded(photos, shelf):
    red = ids(shelf)["red.png"]
    pictures, texts = encoded(shelf)
    (photos / "red.png").rename(photos / "harbour at night.png")
    summary = shelf.index(photos)
    assert (summary.moved, summary.indexed, summary.known, summary.removed) == (1, 1, 1, 0)
    assert ids(shelf)["harbour at night.png"] == red
    assert encoded(shelf) == (pictures, texts + 1)
    item = shelf.library.item(red)
    assert (item.title, item.media[0].path.name) == ("harbour at night.png", "harbour at night.png")
    assert [found for found, _ in shelf.library.find_words(Channel.NAME, "night", 5)] == [
        segment.id for segment in shelf.library.segments_of_item(red) if segment.channel is Channel.NAME
    ]
    assert shelf.library.find_words(Channel.NAME, "red", 5) == []
    assert found_by_picture(shelf, "red") == "harbour at night.png"
    assert shelf.library.thumbnail(item.media[0].id).is_file()


def test_a_moved_folder_keeps_everything_and_costs_nothing(photos, shelf):
    before = ids(shelf), encoded(shelf)
    (photos / "red.png").touch()
    shelf.index(photos)
    photos.rename(photos.parent / "pictures")
    summary = shelf.index(photos.parent / "pictures", photos)
    assert (summary.moved, summary.known, summary.removed) == (4, 4, 0)
    assert (ids(shelf), encoded(shelf)) == before
    assert {path.parent.name for path in shelf.library.items_by_path()} == {"pictures"}


def test_a_file_moved_between_two_runs_keeps_its_id(photos, shelf, tmp_path):
    """Each folder is indexed on its own: the file vanishes in one run and appears in another."""
    red, before = ids(shelf)["red.png"], encoded(shelf)
    (tmp_path / "other").mkdir()
    shutil.move(photos / "red.png", tmp_path / "other" / "red.png")
    assert shelf.index(photos).removed == 1
    assert "red.png" not in ids(shelf)
    assert shelf.index(tmp_path / "other").moved == 1
    assert (ids(shelf)["red.png"], encoded(shelf)) == (red, before)


def test_of_two_files_of_one_content_that_of_the_same_name_has_moved(photos, shelf):
    shutil.copy(photos / "red.png", photos / "twin.png")
    shelf.index(photos)
    before = ids(shelf)
    for name in ("red.png", "twin.png"):
        (photos / "new").mkdir(exist_ok=True)
        shutil.copyfile(photos / name, photos / "new" / name)  # another time of change
        (photos / name).unlink()
    assert shelf.index(photos).moved == 2
    assert ids(shelf) == before


def test_a_copy_is_an_item_of_its_own_that_is_not_decoded(photos, shelf):
    before = ids(shelf)
    shutil.copy(photos / "red.png", photos / "red copy.png")
    summary = shelf.index(photos)
    assert (summary.indexed, summary.known, summary.moved) == (1, 1, 0)
    assert ids(shelf) == before | {"red copy.png": max(before.values()) + 1}


def test_the_same_bytes_under_another_kind_of_name_are_read_anew(photos, shelf):
    shutil.copy(photos / "notes.txt", photos / "notes.md")
    (photos / "notes.txt").unlink()
    assert shelf.index(photos).known == 0
    assert shelf.library.item(ids(shelf)["notes.md"]).media[0].mime == "text/markdown"


def test_what_vanished_comes_back_as_it_was(photos, shelf):
    """A disk that was not there for a while: nothing is read, nothing encoded, every id is what it was."""
    before = ids(shelf), encoded(shelf), shelf.library.status().segments
    shutil.move(photos, photos.with_name("unplugged"))
    photos.mkdir()
    assert shelf.index(photos).removed == 4
    assert (ids(shelf), shelf.library.status().items) == ({}, {})
    assert len(shelf.library.vectors(FAKE_SPACE, Channel.PICTURE)[0]) == 0
    photos.rmdir()
    shutil.move(photos.with_name("unplugged"), photos)
    summary = shelf.index(photos)
    assert (summary.restored, summary.indexed) == (4, 0)
    assert (ids(shelf), encoded(shelf), shelf.library.status().segments) == before
    assert found_by_picture(shelf, "red") == "red.png"
    assert len(shelf.library.find_words(Channel.TEXT, "harbour", 5)) == 1


def test_what_changed_while_it_was_away_keeps_its_id(photos, shelf):
    red = ids(shelf)["red.png"]
    (photos / "red.png").unlink()
    shelf.index(photos)
    Image.new("RGB", (50, 50), "white").save(photos / "red.png")
    summary = shelf.index(photos)
    assert (summary.restored, summary.indexed, ids(shelf)["red.png"]) == (0, 1, red)


def test_what_has_been_gone_for_too_long_is_forgotten(photos, shelf):
    red, before = ids(shelf)["red.png"], encoded(shelf)
    kept = (photos / "red.png").read_bytes()
    (photos / "red.png").unlink()
    assert shelf.index(photos, keep_removed_days=0).removed == 1
    (photos / "red.png").write_bytes(kept)
    assert shelf.index(photos).restored == 0
    assert ids(shelf)["red.png"] != red
    assert encoded(shelf) == (before[0] + 1, before[1] + 1)


def test_a_file_that_could_not_be_read_for_a_while_keeps_its_id(photos, shelf):
    red = ids(shelf)["red.png"]
    kept = (photos / "red.png").read_bytes()
    (photos / "red.png").write_bytes(kept[:40])
    assert len(shelf.index(photos).failures) == 1
    assert "red.png" not in ids(shelf)
    (photos / "red.png").write_bytes(kept)
    assert shelf.index(photos).failures == []
    assert ids(shelf)["red.png"] == red


def test_a_new_price_touches_no_index(shop, shelf):
    feed = shop / "goods" / "feed.jsonl"
    shelf.index(feed)
    seq = shelf.library.last_seq()
    before = {path.name: item_id for path, item_id in shelf.library.items_by_path().items()}
    segments = {item_id: shelf.library.segments_of_item(item_id) for item_id in before.values()}
    feed.write_text(feed.read_text().replace('"price": 5', '"price": 4.5'))
    assert shelf.index(feed).indexed == 2
    assert shelf.library.last_seq() == seq
    for item_id in before.values():
        assert shelf.library.item(item_id).attributes["price"] == 4.5
        assert shelf.library.segments_of_item(item_id) == segments[item_id]


def test_a_product_out_of_season_comes_back_with_its_id(shop, shelf):
    feed = shop / "goods" / "feed.jsonl"
    shelf.index(feed)
    before, whole = ids(shelf), feed.read_text()
    feed.write_text(whole.splitlines()[1])
    assert shelf.index(feed).removed == 1
    feed.write_text(whole)
    assert shelf.index(feed).restored == 1
    assert ids(shelf) == before


def test_names_are_the_same_in_either_form_of_unicode(photos, shelf):
    """A library that moves between systems that keep names composed and decomposed loses no item."""
    composed = unicodedata.normalize("NFC", "Übergröße.png")
    (photos / "red.png").rename(photos / composed)
    shelf.index(photos)
    before = ids(shelf)[composed], encoded(shelf)
    decomposed = unicodedata.normalize("NFD", composed)
    (photos / composed).rename(photos / decomposed)
    summary = shelf.index(photos)
    assert (summary.moved, summary.removed) == (1, 0)
    assert (ids(shelf)[decomposed], encoded(shelf)) == before
    assert shelf.library.item(before[0]).title == composed


def test_a_name_in_another_case_is_a_rename(photos, shelf):
    before = ids(shelf)["red.png"]
    (photos / "red.png").rename(photos / "Red.PNG")
    assert shelf.index(photos).moved == 1
    assert ids(shelf)["Red.PNG"] == before


def test_a_draft_is_given_back_as_it_was_put(photos, shelf):
    with shelf.library.writing() as writer:
        content = writer.contents([str(photos / "notes.txt")])[str(photos / "notes.txt")]
        draft = writer.draft_of_content(content)
        assert isinstance(draft, ItemDraft)
        assert [(segment.channel, segment.text) for segment in draft.segments] == [
            (segment.channel, segment.text) for segment in shelf.library.segments_of_item(ids(shelf)["notes.txt"])
        ]
        assert writer.draft_of_content("0" * 64) is None
