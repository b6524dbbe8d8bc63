"""Near-duplicates become one hit that says how many there are."""

from dataclasses import replace

import numpy as np
from PIL import Image

from sensorium.catalogue.items import Content
from sensorium.fingerprints.pictures import picture_print
from sensorium.indexer import index
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.search.engine import Engine
from sensorium.search.fusion import Scored
from sensorium.search.rerank.fold import fold
from sensorium.settings import Settings
from sensorium.types import Kind, Modality, Part, Query
from tests.fakes import fake_models
from tests.search.drafted import open_engine, text_item


def item(number, *contents, kind=Kind.PICTURE):
    return number, Content.of(kind, contents)


def folded(items, prints=None):
    pool = [Scored(number, 10.0 - place, ()) for place, (number, _) in enumerate(items)]
    return [(one.item_id, one.alike) for one in fold(pool, dict(items), prints or {})]


def noise(seed, brighter=0):
    """The print of a picture of its own."""
    pixels = np.random.default_rng(seed).integers(40, 200, (8, 8, 3)).repeat(16, 0).repeat(16, 1)
    return picture_print((pixels + brighter).astype(np.uint8))


def test_equal_content_folds_into_the_best_of_them():
    assert folded([item(5, "a"), item(3, "b"), item(9, "a"), item(4, "a")]) == [(5, (9, 4)), (3, ())]


def test_items_of_two_kinds_stay_apart():
    assert folded([item(1, "a"), item(2, "a", kind=Kind.PRODUCT)]) == [(1, ()), (2, ())]


def test_a_product_is_its_pictures_in_any_order_and_all_of_them():
    products = [item(n, *contents, kind=Kind.PRODUCT) for n, contents in enumerate(("ab", "ba", "a", "abc"))]
    assert folded(products) == [(0, (1,)), (2, ()), (3, ())]


def test_what_has_no_content_hash_or_no_media_stays():
    assert folded([item(1, ""), item(2, ""), item(3), item(4)]) == [(1, ()), (2, ()), (3, ()), (4, ())]


def test_pictures_that_look_the_same_fold():
    items = [item(1, "a"), item(2, "b"), item(3, "c"), item(4, "d"), item(5, "b")]
    prints = {1: noise(1), 2: noise(2), 3: noise(1, brighter=4), 4: noise(3)}
    assert folded(items, prints) == [(1, (3,)), (2, (5,)), (4, ())]
    assert folded(items[::-1], prints) == [(5, (2,)), (4, ()), (3, (1,))]


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


def test_a_library_folds_pictures_that_were_compressed_anew(tmp_path):
    """Of two photos, one is there as PNG and as JPEG, at another size."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for name, seed in (("first", 5), ("second", 6)):
        pixels = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), dtype=np.uint8)
        picture = Image.fromarray(pixels).resize((240, 180), Image.Resampling.BICUBIC)
        picture.save(photos / f"{name}.png")
        if name == "first":
            picture.resize((200, 150)).save(photos / "first.jpg", quality=60)
    models, settings = fake_models(), Settings(workers=1)
    library = Library.open_or_create(tmp_path / "library", "fake")
    index([photos], library, models, settings=settings)
    engine = Engine(library, models, MediaReader(settings))
    like = Query((Part(Modality.PICTURE, path=photos / "first.png"),))
    shown = {hit.item.title: [other.title for other in hit.alike] for hit in engine.search(like).hits}
    assert sorted([*shown, *(title for alike in shown.values() for title in alike)]) == [
        "first.jpg", "first.png", "second.png"
    ]  # fmt: skip
    assert shown["second.png"] == []
    assert len(engine.search(replace(like, fold=False)).hits) == 3
