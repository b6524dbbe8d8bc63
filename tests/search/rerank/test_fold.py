"""Near-duplicates become one hit that says how many there are."""

from pathlib import Path

import numpy as np
from PIL import Image

from sensorium.search.fuse import Scored
from sensorium.search.rerank.fold import fold
from sensorium.types import Item, Kind, Medium, Modality, Part, Query
from tests.search.drafted import open_engine, text_item


def item(number, *contents, kind=Kind.PICTURE):
    media = tuple(Medium(100 * number + n, Path("/x"), "image/png", content=c) for n, c in enumerate(contents))
    return Item(number, kind, str(number), Path("/x"), {}, media)


def folded(items, pictures=None):
    pool = [Scored(one.id, 10.0 - place, ()) for place, one in enumerate(items)]
    return [(one.item_id, one.alike) for one in fold(pool, {one.id: one for one in items}, pictures or {})]


def unit(angle):
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


def test_equal_content_folds_into_the_best_of_them():
    assert folded([item(5, "a"), item(3, "b"), item(9, "a"), item(4, "a")]) == [(5, (9, 4)), (3, ())]


def test_items_of_two_kinds_stay_apart():
    assert folded([item(1, "a"), item(2, "a", kind=Kind.PRODUCT)]) == [(1, ()), (2, ())]


def test_a_product_is_its_pictures_in_any_order_and_all_of_them():
    products = [item(n, *contents, kind=Kind.PRODUCT) for n, contents in enumerate(("ab", "ba", "a", "abc"))]
    assert folded(products) == [(0, (1,)), (2, ()), (3, ())]


def test_what_has_no_content_hash_or_no_media_stays():
    assert folded([item(1, ""), item(2, ""), item(3), item(4)]) == [(1, ()), (2, ()), (3, ()), (4, ())]


def test_pictures_that_lie_close_together_fold():
    near, far = np.arccos(0.99), np.arccos(0.97)
    items = [item(1, "a"), item(2, "b"), item(3, "c"), item(4, "d")]
    pictures = {1: unit(0), 2: unit(near), 3: unit(far), 4: unit(np.pi / 2)}
    assert folded(items, pictures) == [(1, (2,)), (3, ()), (4, ())]


def test_what_was_removed_meanwhile_is_no_duplicate_of_anything():
    pool = [Scored(1, 2.0, ()), Scored(2, 1.0, ())]
    assert [one.item_id for one in fold(pool, {}, {})] == [1, 2]


def query(**options):
    return Query((Part(Modality.TEXT, text="harbour"),), **options)


def test_an_answer_shows_copies_as_one_hit_unless_it_should_not(tmp_path):
    copies = [text_item(f"copy-{n}.txt", "the harbour", content="same") for n in range(4)]
    engine = open_engine(tmp_path, [*copies, text_item("other.txt", "the harbour at night")])
    first, second = engine.search(query(limit=2)).hits
    assert {first.item.title, *(other.title for other in first.alike)} == {f"copy-{n}.txt" for n in range(4)}
    assert (second.item.title, second.alike) == ("other.txt", ())
    assert len(engine.search(query(fold=False)).hits) == 5


def test_pages_neither_repeat_nor_lose_what_was_folded(tmp_path):
    drafts = [text_item(f"{n}.txt", f"harbour {'rope ' * n}", content=f"content {n % 7}") for n in range(40)]
    engine = open_engine(tmp_path, drafts)
    seen, cursor = [], ""
    while True:
        answer = engine.search(query(limit=3, cursor=cursor))
        seen += [one.title for hit in answer.hits for one in (hit.item, *hit.alike)]
        cursor = answer.cursor
        if not cursor:
            break
    assert sorted(seen) == sorted(f"{n}.txt" for n in range(40))


def test_pictures_are_folded_by_how_they_look(engine, media, tmp_path):
    Image.new("RGB", (64, 64), (220, 20, 20)).save(tmp_path / "red.png")
    like = Part(Modality.PICTURE, path=tmp_path / "red.png")
    hits = engine.search(Query((like,), kinds=(Kind.PICTURE,))).hits
    assert len(hits) == 4  # four colours, none of which looks like another
