"""What a picture is trained with: texts as they stand, labels also bare, long texts also by sentence."""

import pytest

from training.pairs import Pair, wordings


def pair(*texts):
    return Pair("00000", "pictures-00.tar", "a_set", "train", texts, "CC0-1.0")


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("a photo of a fox squirrel", "fox squirrel"),
        ("a photo of daisy", "daisy"),
        ("an emoji of party", "party"),
        ("a photo of Vine Tomato (Tomato) in a grocery store", "Vine Tomato (Tomato)"),
        ("a person doing the Spider Curl exercise", "Spider Curl"),
    ],
)
def test_a_label_also_stands_bare(text, noun):
    assert wordings(pair(text)) == [text, noun]


def test_a_caption_stands_as_it_is():
    assert wordings(pair("Two dogs run .", "two  dogs run .")) == ["Two dogs run .", "two dogs run ."]


def test_a_long_text_also_stands_by_sentence():
    first, second = "A drawing of a cell with its parts labelled, from left to right. ".strip(), "It is " + "big " * 30
    text = f"{first} {second.strip()}."
    assert wordings(pair(text)) == [text, first, f"{second.strip()}."]


def test_repeats_count_once():
    assert wordings(pair("shoe", "shoe", "a photo of a shoe")) == ["shoe", "a photo of a shoe"]
