"""One query, in any modality, gives one list over everything, with the reasons."""

import pytest
from PIL import Image

from sensorium.errors import MediaError, QueryError
from sensorium.types import Channel, Kind, Modality, Part, Query
from tests.media_files import write_sound


def ask(engine, *parts, **options):
    return engine.search(Query(tuple(parts), **options))


def words(text, weight=1.0):
    return Part(Modality.TEXT, text=text, weight=weight)


def titles(answer):
    return [hit.item.title for hit in answer.hits]


def test_words_find_pictures_by_what_they_show(engine):
    pictures = ask(engine, words("green"), kinds=(Kind.PICTURE,))
    assert titles(pictures)[0] == "111.png"
    assert pictures.hits[0].evidence[0].channel is Channel.PICTURE


def test_words_find_texts_speech_and_products(engine):
    assert titles(ask(engine, words("rope and lantern")))[0] == "harbour"
    assert titles(ask(engine, words("sailor cup")))[0] == "Sailor cup"
    said = ask(engine, words("the lighthouse tonight")).hits[0]
    assert (said.item.title, said.item.kind) == ("memo.wav", Kind.RECORDING)
    assert (said.moments[0].start_s, said.moments[0].end_s) == (0.5, 1.5)
    assert said.evidence[0].segment.text == "meet me at the lighthouse tonight"


def test_a_picture_finds_its_like_among_pictures_and_products(engine, tmp_path):
    Image.new("RGB", (50, 50), (20, 20, 200)).save(tmp_path / "query.png")
    answer = ask(engine, Part(Modality.PICTURE, path=tmp_path / "query.png"))
    assert set(titles(answer)[:2]) == {"222.png", "Sailor cup"}


def test_a_product_is_found_by_any_of_its_pictures(engine, tmp_path):
    Image.new("RGB", (50, 50), (200, 200, 20)).save(tmp_path / "query.png")
    answer = ask(engine, Part(Modality.PICTURE, path=tmp_path / "query.png"), kinds=(Kind.PRODUCT,))
    assert titles(answer)[0] == "Baker bowl"


def test_a_sound_finds_what_is_said_in_it(engine, tmp_path):
    write_sound(tmp_path / "query.wav", seconds=1)
    assert titles(ask(engine, Part(Modality.SOUND, path=tmp_path / "query.wav")))[0] == "memo.wav"


def test_parts_add_up_by_their_weights(engine, tmp_path):
    Image.new("RGB", (50, 50), (20, 20, 200)).save(tmp_path / "blue.png")
    blue = Part(Modality.PICTURE, path=tmp_path / "blue.png")
    both = ask(engine, blue, words("sailor cup"))
    assert titles(both)[0] == "Sailor cup"
    assert {evidence.part for evidence in both.hits[0].evidence} == {0, 1}
    away = ask(engine, words("blue"), words("sailor cup", weight=-0.5))
    assert titles(away)[0] == "222.png"
    assert titles(away)[-1] == "Sailor cup"
    gone = ask(engine, words("blue"), words("sailor cup", weight=-1.0))
    assert set(titles(gone)) == set(titles(away)) - {"Sailor cup"}
    assert gone.notes == ("1 item was left out: clearly “sailor cup”.",)


def test_a_score_is_the_sum_of_its_evidence(engine):
    for hit in ask(engine, words("red bowl")).hits:
        assert hit.score == pytest.approx(sum(evidence.contribution for evidence in hit.evidence))
        assert all(evidence.rank >= 1 for evidence in hit.evidence)


def test_hits_come_best_first_and_no_item_twice(engine):
    answer = ask(engine, words("red"))
    scores = [hit.score for hit in answer.hits]
    assert scores == sorted(scores, reverse=True)
    assert len({hit.item.id for hit in answer.hits}) == len(answer.hits)


def test_filters_are_exact(engine, media):
    assert {hit.item.kind for hit in ask(engine, words("red"), kinds=(Kind.DOCUMENT,)).hits} == {Kind.DOCUMENT}
    below = ask(engine, words("red"), folder=media / "photos").hits
    assert {hit.item.path.parent for hit in below} == {media / "photos"}
    assert ask(engine, words("red"), folder=media / "nowhere").hits == ()


def test_the_limit_is_kept(engine):
    assert len(ask(engine, words("red"), limit=3).hits) == 3


def test_queries_that_cannot_be_asked_say_why(engine, tmp_path):
    with pytest.raises(QueryError, match="empty"):
        ask(engine)
    with pytest.raises(QueryError, match="no words"):
        ask(engine, words("  "))
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(MediaError, match=r"broken\.png"):
        ask(engine, Part(Modality.PICTURE, path=tmp_path / "broken.png"))
