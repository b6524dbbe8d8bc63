"""More like these, less like those."""

import numpy as np
import pytest
from PIL import Image

from sensorium.errors import QueryError
from sensorium.indexer import index
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.search.engine import Engine
from sensorium.search.recommend import DISLIKED, LIKED, PUSHED, rocchio, telling_words, with_feedback
from sensorium.settings import Settings
from sensorium.types import Channel, Modality, Part, Query
from tests.fakes import fake_models
from tests.media_files import write_sound
from tests.search.drafted import open_engine, put_backgrounds, remove, text_item


def words(text, **options):
    return Part(Modality.TEXT, text=text, **options)


def unit(*values):
    rows = np.array(values, np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_one_liked_item_moves_away_from_the_mean_of_the_disliked():
    likes, dislikes = unit([1, 0, 0]), unit([0, 1, 0], [0, 0, 1])
    expected = np.array([1.0, -DISLIKED / 2, -DISLIKED / 2])
    np.testing.assert_allclose(rocchio(likes, dislikes), [expected / np.linalg.norm(expected)], atol=1e-6)


def test_several_liked_items_are_asked_by_their_mean_and_each():
    likes = unit([1, 0], [0, 1])
    np.testing.assert_allclose(rocchio(likes, likes[:0]), [[0.5**0.5, 0.5**0.5], [1, 0], [0, 1]], atol=1e-6)


def test_feedback_is_one_more_part():
    query = Query((words("red"),), more=(3, 4), less=(5,))
    assert with_feedback(query).parts[1:] == (Part(Modality.ITEM, weight=LIKED, likes=(3, 4), dislikes=(5,)),)
    alone = with_feedback(Query(more=(3,)))
    assert alone.parts == (Part(Modality.ITEM, weight=1.0, likes=(3,)),)
    pushed = with_feedback(Query((words("red"),), less=(5,)))
    assert pushed.parts[1:] == (Part(Modality.ITEM, weight=PUSHED, likes=(5,)),)
    assert with_feedback(Query((words("red"),))) == Query((words("red"),))
    with pytest.raises(QueryError, match="Say what is wanted"):
        with_feedback(Query(less=(5,)))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    topics = {"sea": "harbour rope lantern anchor", "bread": "flour oven loaf salt", "bike": "wheel cable brake chain"}
    drafts = []
    for topic, vocabulary in topics.items():
        known = vocabulary.split()
        drafts += [text_item(f"{topic}-{n}.txt", f"{known[n % 4]} {known[(n + 1) % 4]} page {n}") for n in range(8)]
    drafts.append(text_item("mixed.txt", "harbour flour"))
    return open_engine(tmp_path_factory.mktemp("recommend") / "library", drafts)


def ids(engine):
    hits = engine.search(Query((words("harbour flour wheel page"),), limit=50, fold=False)).hits
    return {hit.item.title: hit.item.id for hit in hits}


def titles(engine, query):
    return [hit.item.title for hit in engine.search(query).hits]


def test_what_is_like_one_item_is_found_and_not_itself(shelf):
    named = ids(shelf)
    found = titles(shelf, Query(more=(named["sea-0.txt"],), limit=3, fold=False))
    assert "sea-0.txt" not in found
    assert all(title.startswith(("sea", "mixed")) for title in found)


def test_a_set_of_two_kinds_recommends_both(shelf):
    named = ids(shelf)
    liked = (named["sea-0.txt"], named["bread-0.txt"])
    found = titles(shelf, Query(more=liked, limit=6, fold=False))
    assert {title.split("-")[0] for title in found} >= {"sea", "bread"}
    assert not any(title.startswith("bike") for title in found)


def test_disliked_items_do_not_come_and_their_like_goes_down(shelf):
    named = ids(shelf)
    query = Query((words("harbour flour"),), limit=50, fold=False)
    plain = titles(shelf, query)
    away = titles(shelf, Query(query.parts, less=(named["bread-0.txt"], named["bread-3.txt"]), limit=50, fold=False))
    assert not {"bread-0.txt", "bread-3.txt"} & set(away)

    def place(found):
        rest = [title for title in found if title not in ("bread-0.txt", "bread-3.txt")]
        return np.mean([place for place, title in enumerate(rest) if title.startswith("bread")])

    assert place(away) > place(plain)


def test_liked_items_stay_where_words_are_asked_and_bring_their_like(shelf):
    named = ids(shelf)
    query = Query((words("page"),), limit=50, fold=False)
    plain = titles(shelf, query)
    more = titles(shelf, Query(query.parts, more=(named["bike-0.txt"],), limit=50, fold=False))
    assert "bike-0.txt" in more
    assert sum(title.startswith("bike") for title in more[:4]) > sum(title.startswith("bike") for title in plain[:4])


def test_scores_with_feedback_are_the_sum_of_their_evidence(shelf):
    named = ids(shelf)
    query = Query((words("harbour"),), more=(named["sea-1.txt"],), less=(named["bread-1.txt"],), fold=False)
    for hit in shelf.search(query).hits:
        assert hit.score == pytest.approx(sum(evidence.contribution for evidence in hit.evidence))


def test_the_words_are_those_that_tell_the_liked_from_the_rest(tmp_path):
    drafts = [text_item("a.txt", "the anchor and the common rope"), text_item("b.txt", "an anchor, a common day 1984")]
    drafts += [text_item(f"{n}.txt", f"common filler {'rope' if n % 2 else 'knot'}") for n in range(20)]
    library = open_engine(tmp_path, drafts).library
    segments = [[s for s in library.segments_of_item(i) if s.channel is Channel.TEXT] for i in range(1, 23)]
    found = telling_words(segments[:2], [], library)
    assert found[0] == "anchor"
    assert "the" not in found
    assert "1984" not in found
    assert found.index("rope") > found.index("day")
    assert "rope" not in telling_words(segments[:1], segments[3::2] * 2, library)[:1]


def test_items_that_have_gone_are_passed_over_and_none_left_is_said(tmp_path):
    engine = open_engine(tmp_path, [text_item(f"{n}.txt", f"harbour rope {n}") for n in range(6)])
    named = {hit.item.title: hit.item.id for hit in engine.search(Query((words("harbour"),), fold=False)).hits}
    remove(engine.library, ["0.txt"])
    assert titles(engine, Query(more=(named["0.txt"], named["1.txt"]), fold=False))
    with pytest.raises(QueryError, match="None of the items"):
        engine.search(Query(more=(named["0.txt"],)))


def test_items_speak_in_all_their_modalities(tmp_path):
    """A product in words and in its picture, a recording in its speech."""
    media = tmp_path / "media"
    media.mkdir()
    shades = {"red": (220, 20, 20), "scarlet": (210, 30, 25), "blue": (20, 20, 220), "green": (20, 200, 20)}
    rows = ["id,title,description,images"]
    for number, (name, colour) in enumerate(shades.items()):
        Image.new("RGB", (40, 40), colour).save(media / f"{name}.png")
        rows.append(f"{number},{name} thing,{'of wool' if name == 'blue' else 'of steel'},{name}.png")
    rows.append("9,grey coat,of wool,")
    (media / "feed.csv").write_text("\n".join(rows))
    write_sound(media / "memo.wav", seconds=1)
    models, settings = fake_models(), Settings(workers=1)
    library = Library.open_or_create(tmp_path / "library", "fake")
    index([media / "feed.csv", media / "memo.wav"], library, models, settings=settings)
    put_backgrounds(library, models)
    reader = MediaReader(settings)
    engine = Engine(library, models, reader)
    named = {hit.item.title: hit.item.id for hit in engine.search(Query((words("thing coat wool"),), limit=9)).hits}
    hits = engine.search(Query(more=(named["red thing"],), limit=9)).hits
    assert hits[0].item.title == "scarlet thing"
    assert {evidence.channel for evidence in hits[0].evidence} >= {Channel.PICTURE, Channel.TEXT}
    wool = [hit.item.title for hit in engine.search(Query(more=(named["blue thing"],), limit=9)).hits]
    assert wool.index("grey coat") < wool.index("green thing")
    reader.close()
