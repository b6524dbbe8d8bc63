"""What a file's name says, and whether it says anything."""

import unicodedata
from pathlib import Path

import pytest

from sensorium.indexer.names import name_words, says_something, title_of

DECOMPOSED = unicodedata.normalize("NFD", "Übergröße.png")


def test_a_name_is_read_as_words_without_hashes():
    assert name_words(Path("red_bicycle-2019 (small).jpg")) == "red bicycle 2019 small"
    assert name_words(Path("6f1e09ab-beach.jpg")) == "beach"
    assert name_words(Path("6f1e09ab33.jpg")) == "6f1e09ab33"


def test_names_are_composed_whatever_the_file_system_keeps():
    assert (title_of(Path(DECOMPOSED)), name_words(Path(DECOMPOSED))) == ("Übergröße.png", "Übergröße")


@pytest.mark.parametrize("name", ["red bicycle", "IMG 2041 beach", "写真", "Übergröße 12", "Bild"])
def test_names_that_describe(name):
    assert says_something(name)


@pytest.mark.parametrize("name", ["IMG 20190412 143055", "DSC 0042", "000123", "photo 17", "Screenshot 2", "6f1e09ab"])
def test_names_that_machines_gave(name):
    assert not says_something(name)
