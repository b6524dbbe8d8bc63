"""Passages: cut around the words asked for, nothing lost in between."""

from hypothesis import example, given
from hypothesis import strategies as st

from sensorium.web.passages import passage, wanted_words


def marked(text, words, **options):
    return [piece.text for piece in passage(text, wanted_words(words), **options) if piece.marked]


def test_words_are_marked_whatever_their_case_and_ending():
    assert marked("Painters PAINT, painting paintings. A pain.", "paint") == [
        "Painters",
        "PAINT",
        "painting",
        "paintings",
    ]


def test_short_words_are_marked_only_as_they_are():
    assert marked("a cat and cats concatenate", "cat") == ["cat"]


def test_common_words_are_not_marked():
    assert wanted_words("the cat in the hat") == {"cat", "hat"}


def test_common_words_are_marked_where_there_are_no_others():
    assert wanted_words("to be or not to be") == {"to", "be", "or", "not"}


def test_the_cut_is_where_most_of_the_words_are():
    text = "red " + "filler " * 200 + "red bicycle leaning on a wall " + "filler " * 200
    pieces = passage(text, wanted_words("red bicycle"), length=120)
    shown = "".join(piece.text for piece in pieces)
    assert "red bicycle leaning" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) <= 120 + len("…  …")


def test_a_text_without_the_words_is_shown_from_its_start():
    pieces = passage("one two three four five", wanted_words("zebra"), length=13)
    assert [piece.text for piece in pieces] == ["one two three", " …"]


@example("{0\r0", "0", 1)  # the next word began after the end
@given(st.text(max_size=400), st.text(max_size=40), st.integers(1, 120))
def test_pieces_are_always_a_stretch_of_the_text(text, words, length):
    plain = " ".join(text.split())
    pieces = passage(text, wanted_words(words), length=length)
    shown = "".join(piece.text for piece in pieces)
    if len(plain) > length:
        shown = shown.removeprefix("… ").removesuffix(" …")
    assert shown in plain
    assert plain == "" or shown != ""
