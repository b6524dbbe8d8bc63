"""Where to look in an item."""

import pytest

from sensorium.types import Channel, Modality, Part, Query
from tests.search.drafted import open_engine, text_item

SPEECH = Channel.SPEECH
FILLER = [text_item(f"filler-{n}.txt", f"nothing of the kind {n} here at all {n * 7}") for n in range(60)]


def moments(engine, text, *more):
    parts = (Part(Modality.TEXT, text=text), *more)
    hit = engine.search(Query(parts, limit=3)).hits[0]
    return [(moment.start_s, moment.end_s) for moment in hit.moments]


def recording(*utterances):
    """An item in which each (start, end, text) is said."""
    spans = [(start, end) for start, end, _ in utterances]
    return text_item("talk.wav", *(text for _, _, text in utterances), channel=SPEECH, spans=spans)


def test_neighbours_become_one_span(tmp_path):
    talk = recording((0, 9, "about the weather"), (10, 14, "the lighthouse keeper"), (14.5, 20, "lighthouse keeper"))
    engine = open_engine(tmp_path, [talk, *FILLER])
    assert moments(engine, "lighthouse keeper") == [(10, 20)]


def test_distant_matches_stay_apart_the_strongest_first(tmp_path):
    talk = recording((0, 5, "a lighthouse keeper sang"), (5, 30, "about the weather"), (30, 40, "lighthouse keeper"))
    engine = open_engine(tmp_path, [talk, *FILLER])
    assert moments(engine, "lighthouse keeper") == [(30, 40), (0, 5)]


def test_a_far_weaker_match_is_no_moment(tmp_path):
    talk = recording((0, 5, "lighthouse keeper"), (30, 40, "nothing of the kind but some other lighthouse story"))
    engine = open_engine(tmp_path, [talk, *FILLER])
    assert moments(engine, "lighthouse keeper") == [(0, 5)]


def test_what_pushes_away_is_no_moment(tmp_path):
    talk = recording((0, 5, "lighthouse keeper"), (30, 40, "purple elephant"))
    engine = open_engine(tmp_path, [talk, *FILLER])
    away = Part(Modality.TEXT, text="purple elephant", weight=-0.5)
    assert moments(engine, "lighthouse keeper", away) == [(0, 5)]


def test_a_document_names_its_pages(tmp_path):
    book = text_item("book.pdf", "lighthouse keeper", "bread and salt", "our lighthouse keeper", pages=[3, 4, 9])
    engine = open_engine(tmp_path, [book, *FILLER])
    hit = engine.search(Query((Part(Modality.TEXT, text="lighthouse keeper"),), limit=3)).hits[0]
    assert [moment.page for moment in hit.moments] == [3, 9]


def test_a_product_names_the_picture_that_matched(engine, tmp_path):
    from PIL import Image

    Image.new("RGB", (50, 50), (200, 200, 20)).save(tmp_path / "query.png")
    answer = engine.search(Query((Part(Modality.PICTURE, path=tmp_path / "query.png"),), limit=5))
    bowl = next(hit for hit in answer.hits if hit.item.title == "Baker bowl")
    shown = {medium.id: medium.path.name for medium in bowl.item.media}
    assert [shown[moment.medium_id] for moment in bowl.moments] == ["yellow.png"]
    assert bowl.score == pytest.approx(sum(evidence.contribution for evidence in bowl.evidence))
