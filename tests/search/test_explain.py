"""Why a hit is where it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorium.catalogue.drafts import SegmentDraft
from sensorium.search.explain import _boxes
from sensorium.search.reasons import reasons
from sensorium.types import Channel, Modality, Part, Query
from tests.search.drafted import open_engine, text_item

WORDS = ("harbour", "rope", "lantern", "bread", "salt", "wheel", "cable", "north")
BOXES = ((0.1, 0.1, 0.5, 0.2), (0.1, 0.3, 0.9, 0.4), (0.2, 0.6, 0.4, 0.7))


def named(name, title, *texts):
    """A document that has a name beside its texts, so that two channels speak for it."""
    draft = text_item(name, *texts)
    segment = SegmentDraft(Channel.NAME, f"text:{title}", 0, text=title)
    return type(draft)(
        draft.uri, draft.kind, name, draft.path, "1", {}, draft.media, (*draft.segments, segment)
    )  # fmt: skip


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    drafts = [
        named("named.txt", "zebra quilt", "bread and salt"),
        named("told.txt", "wheel", "a zebra on a quilt"),
    ]
    drafts += [named(f"{n}.txt", WORDS[n % 8], f"{WORDS[n % 7]} {WORDS[n // 8 % 8]}") for n in range(40)]
    return open_engine(tmp_path_factory.mktemp("explain") / "library", drafts)


def ask(engine, text, *more, **options):
    return engine.search(Query((Part(Modality.TEXT, text=text), *more), explain=True, fold=False, **options)).hits


@settings(max_examples=15, deadline=None)
@given(
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
    other=st.sampled_from(WORDS),
    weight=st.floats(-0.9, 2),
)
def test_contributions_add_up_to_the_score(shelf, words, other, weight):
    for hit in ask(shelf, " ".join(words), Part(Modality.TEXT, text=other, weight=weight)):
        assert hit.score == pytest.approx(sum(evidence.contribution for evidence in hit.evidence), abs=1e-9)


def test_ranks_are_places_in_the_list_and_in_the_lists_without_each_channel(shelf):
    hits = ask(shelf, "zebra quilt", limit=50)
    assert [hit.explanation.rank for hit in hits] == list(range(1, len(hits) + 1))
    by_title = {hit.item.title: hit.explanation for hit in hits}
    assert {by_title["named.txt"].rank, by_title["told.txt"].rank} == {1, 2}
    assert by_title["named.txt"].without[Channel.NAME] > 2
    assert by_title["told.txt"].without[Channel.TEXT] > 2
    assert by_title["told.txt"].without[Channel.NAME] == by_title["told.txt"].rank == 1


def test_an_item_that_only_one_channel_found_has_no_rank_without_it(tmp_path):
    engine = open_engine(tmp_path, [text_item(f"{n}.txt", f"harbour {n}") for n in range(5)])
    assert [hit.explanation.without for hit in ask(engine, "harbour")] == [{Channel.TEXT: None}] * 5


def test_the_words_asked_for_are_marked_in_whatever_form_they_stand(tmp_path):
    engine = open_engine(tmp_path, [text_item("a.txt", "Ropes lie in the HARBOURS, the Rope of a café.")])
    evidence = ask(engine, "the rope in a harbour cafe")[0].evidence[0]
    text = evidence.segment.text
    assert [text[start:end] for start, end in evidence.spans] == ["Ropes", "HARBOURS", "Rope", "café"]


def test_small_words_are_marked_where_there_are_no_others(tmp_path):
    engine = open_engine(tmp_path, [text_item("a.txt", "to be or not to be")])
    evidence = ask(engine, "not to be")[0].evidence[0]
    assert [evidence.segment.text[s:e] for s, e in evidence.spans] == ["to", "be", "not", "to", "be"]


def test_an_answer_that_is_not_explained_has_none_of_it(shelf):
    hit = shelf.search(Query((Part(Modality.TEXT, text="harbour rope"),))).hits[0]
    assert hit.explanation is None
    assert all(evidence.spans == () for evidence in hit.evidence)


@pytest.mark.parametrize(
    ("spans", "lines"),
    [([(0, 4)], [0]), ([(5, 7), (8, 14)], [1]), ([(0, 4), (15, 20)], [0, 2]), ([(3, 6)], [0, 1]), ([], [])],
)
def test_the_boxes_are_those_of_the_lines_that_hold_the_words(spans, lines):
    text = "Exit\nto tracks\nThree now"  # lines begin at 0, 5 and 15
    assert _boxes(text, BOXES, spans) == tuple(BOXES[line] for line in lines)


def test_text_whose_lines_have_no_boxes_of_their_own_has_none():
    assert _boxes("one line", (), [(0, 3)]) == ()
    assert _boxes("one\ntwo", BOXES, [(0, 3)]) == ()


def test_the_terminal_shows_the_words_around_the_first_match_and_each_channels_worth(tmp_path):
    before = "word " * 40
    engine = open_engine(tmp_path, [text_item("a.txt", f"{before}a zebra here {before}", pages=[7])])
    short = [line.plain for line in reasons(engine.search(Query((Part(Modality.TEXT, text="zebra"),))).hits[0])]
    assert len(short) == 2
    assert "zebra" not in short[0]
    lines = list(reasons(ask(engine, "zebra")[0]))
    assert "page 7" in lines[0].plain
    assert "…" in lines[0].plain
    start = lines[0].plain.index("zebra")
    assert any((span.start, span.end) == (start, start + 5) and "bold" in str(span.style) for span in lines[0].spans)
    assert lines[-1].plain.strip() == "place 1 before second looks; without text not found"
