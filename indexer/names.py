"""What a file's name says in words."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

_HASH = re.compile(r"(?=.*\d)(?=.*[a-f])[0-9a-f]{6,}")
_WORD = re.compile(r"[^\W\d_]{3,}")
_BY_MACHINES = frozenset(
    """
    img dsc dscn dscf pxl mvi mov vid pic pics image images photo photos picture pictures scan screenshot screen shot
    untitled unnamed file copy final new edit edited burst cover pano received whatsapp signal snapchat telegram fb jpg
    jpeg png gif mpg avi wav rec recording audio video track clip export thumb thumbnail page
    """.split()  # noqa: SIM905 - lines of words read better than a list of them
)
"""What cameras, phones and programs call files: names of these words and numbers describe nothing."""


def title_of(path: Path) -> str:
    """A file's name as it is shown: composed, whatever form of Unicode its file system keeps names in."""
    return unicodedata.normalize("NFC", path.name)


def name_words(path: Path) -> str:
    """A file's name as words: separators are blanks, hexadecimal hashes say nothing to anyone and are left out."""
    stem = unicodedata.normalize("NFC", path.stem)
    words = re.sub(r"[\W_]+", " ", stem).split()
    return " ".join(word for word in words if not _HASH.fullmatch(word)) or stem


def says_something(words: str) -> bool:
    """Whether words describe anything, so that a vector of them is worth its time: `IMG_0042` does not.

    They are found as words all the same.
    """
    found = _WORD.findall(words.casefold())
    return any(word not in _BY_MACHINES for word in found) or any(_is_ideograph(char) for char in words)


def _is_ideograph(char: str) -> bool:
    """Letters of scripts in which one or two make a word."""
    return unicodedata.category(char) == "Lo"
