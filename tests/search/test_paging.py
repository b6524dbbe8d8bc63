"""Pages by cursor: together they are the long list, whatever happens to the library in between."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensorium.errors import QueryError
from sensorium.search.paging import DEEPEST, MOST_SHOWN, Page, page_of, read_cursor, write_cursor
from sensorium.types import Kind, Modality, Part, Query
from tests.search.drafted import open_engine, put, remove, text_item

SIZE = 150  # more than a channel is asked for at first, so that pages go deeper
WORDS = ("harbour", "rope", "lantern", "bread", "salt", "wheel", "cable", "north")


def notes(start, count):
    return [
        text_item(f"note-{n}.txt", " ".join([WORDS[n % 8], WORDS[n // 8 % 8], "harbour"] + ["rope"] * (n % 5)))
        for n in range(start, start + count)
    ]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    return open_engine(tmp_path_factory.mktemp("paging") / "library", notes(0, SIZE))


def query(limit, cursor="", text="harbour rope", **options):
    return Query((Part(Modality.TEXT, text=text),), limit=limit, cursor=cursor, **options)


def ids(answer):
    return [hit.item.id for hit in answer.hits]


def pages(engine, limits):
    """Ids page by page, the last limit repeated until there is nothing more."""
    cursor, number = "", 0
    while True:
        answer = engine.search(query(limits[min(number, len(limits) - 1)], cursor))
        yield ids(answer)
        cursor, number = answer.cursor, number + 1
        if not cursor:
            return


@settings(max_examples=8, deadline=None)
@given(limits=st.lists(st.integers(20, 90), min_size=1, max_size=5))
def test_pages_together_hold_every_hit_once(shelf, limits):
    paged = [item for page in pages(shelf, limits) for item in page]
    assert len(paged) == len(set(paged))
    assert set(paged) == set(ids(shelf.search(query(SIZE * 2))))
    assert len(paged) == SIZE


@settings(max_examples=5, deadline=None)
@given(limit=st.integers(3, 25))
def test_pages_of_a_library_at_rest_are_the_pieces_of_the_long_list(shelf, limit):
    """As far as the first depth reaches: beyond it the channels are asked for more, and what is left is ranked anew."""
    first = shelf.search(query(limit))
    second = shelf.search(query(limit, first.cursor))
    assert ids(first) + ids(second) == ids(shelf.search(query(50)))[: 2 * limit]
    assert second.notes == ()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=st.integers(9, 30),
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 79)), min_size=1, max_size=6),
)
def test_a_changing_library_repeats_nothing_and_loses_nothing(tmp_path_factory, limit, steps):
    """Between any two pages one note is removed, or read again, and one added."""
    engine = open_engine(tmp_path_factory.mktemp("changing"), notes(0, 80))
    shown, cursor, removed = [], "", set()
    moves = iter(steps)
    for number in range(1000):
        answer = engine.search(query(limit, cursor))
        shown += [hit.item.title for hit in answer.hits]
        cursor = answer.cursor
        if not cursor:
            break
        move = next(moves, None)
        if move is not None:
            again, which = move
            if not again:
                removed.add(which)
                remove(engine.library, [f"note-{which}.txt"])
            elif which not in removed:  # what comes back after it was removed is another item
                put(engine.library, engine._models, notes(which, 1))
            put(engine.library, engine._models, notes(200 + number, 1))
    assert len(shown) == len(set(shown))
    assert {hit.item.title for hit in engine.search(query(500)).hits} <= set(shown)
    engine.library.close()


def test_a_page_says_that_the_library_has_changed(tmp_path):
    engine = open_engine(tmp_path, notes(0, 30))
    first = engine.search(query(5))
    put(engine.library, engine._models, notes(300, 1))
    assert any("has changed" in note for note in engine.search(query(5, first.cursor)).notes)


def test_a_cursor_outlives_the_engine(shelf):
    from sensorium.search.engine import Engine

    first = shelf.search(query(10))
    other = Engine(shelf.library, shelf._models, shelf._media)
    assert ids(other.search(query(10, first.cursor))) == ids(shelf.search(query(10, first.cursor)))


def test_a_cursor_of_another_query_is_refused(shelf):
    cursor = shelf.search(query(5)).cursor
    with pytest.raises(QueryError, match="another query"):
        shelf.search(query(5, cursor, text="bread"))
    with pytest.raises(QueryError, match="another query"):
        shelf.search(query(5, cursor, kinds=(Kind.FILM,)))


@pytest.mark.parametrize("damage", ["", "x", "!!!", "é"])
def test_a_torn_cursor_is_refused(shelf, damage):
    cursor = shelf.search(query(5)).cursor
    with pytest.raises(QueryError, match="cannot be read"):
        shelf.search(query(5, cursor[:-3] + damage))


@given(
    shown=st.frozensets(st.integers(0, 2**40), max_size=200),
    seq=st.integers(0, 2**50),
    depth=st.integers(1, DEEPEST),
)
def test_a_cursor_says_what_was_written(shown, seq, depth):
    page = Page(b"12345678", seq, depth, shown)
    cursor = write_cursor(page)
    assert read_cursor(cursor) == page
    assert cursor.replace("-", "").replace("_", "").isalnum()


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_cursors(text):
    with pytest.raises(QueryError):
        read_cursor(text)


def test_the_longest_cursor_fits_an_address():
    cursor = write_cursor(Page(b"12345678", 10**9, 10**5, frozenset(range(0, 200 * MOST_SHOWN, 200))))
    assert len(cursor) < 16_000


def test_an_upload_is_known_by_what_is_in_it(tmp_path):
    def page(name, content):
        (tmp_path / name).write_bytes(content)
        return page_of(Query((Part(Modality.PICTURE, path=Path(tmp_path / name)),)), seq=0, depth=1).digest

    assert page("a.png", b"one") == page("b.png", b"one")
    assert page("a.png", b"one") != page("b.png", b"two")
