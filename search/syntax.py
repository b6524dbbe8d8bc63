"""The signs of the query language: what is special where, shared by the parser and the printer.

docs/query.md describes the language. A sentence is never special by accident: a sign counts only at the beginning of a
word, a name before a colon only where it is known, and a backslash before a special word takes its meaning away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sensorium.types import Channel, Kind

SCOPES: Mapping[str, tuple[Channel, ...]] = {
    "said": (Channel.SPEECH,),
    "sound": (Channel.SOUND,),
    "ocr": (Channel.OCR,),
    "picture": (Channel.PICTURE, Channel.FRAME),
    "frame": (Channel.FRAME,),
    "text": (Channel.TEXT,),
    "name": (Channel.NAME,),
}
"""The channels that a name before a colon asks alone."""
SCOPE_SPELLINGS: Mapping[str, str] = {"speech": "said", "says": "said", "image": "picture", "photo": "picture"}
LIKE, SORT = "like", "sort"
KIND, FOLDER = "kind", "folder"
BUILT_IN = frozenset((KIND, FOLDER, "date"))
"""Attributes that every library has, whatever its items bring along."""
KIND_SPELLINGS: Mapping[str, Kind] = {
    "image": Kind.PICTURE, "photo": Kind.PICTURE, "video": Kind.FILM, "movie": Kind.FILM, "audio": Kind.RECORDING,
    "sound": Kind.RECORDING, "text": Kind.DOCUMENT,
}  # fmt: skip
FIELD_SPELLINGS: Mapping[str, str] = {"color": "colour", "colour": "color", "time": "duration", "length": "duration"}
"""What an attribute is looked for as where it has no such name."""

NAMED = re.compile(r"([^\W\d_][\w.\-]*?)(:|!=|<=|>=|<|>|=)(?=\S)")
"""A name and a sign with something right behind: a scope, a filter, an example, or nothing of the kind."""
SPACED = re.compile(r"([^\W\d_][\w.\-]*?)\s*(<=|>=|<|>)\s*(?=[^\s<>=])")
"""A comparison written with blanks, `price < 50`."""
WEIGHT = re.compile(r"\^(\d+(?:\.\d+)?(?:e-?\d+)?|\.\d+)(?=\s|$)")
WEIGHED_WORD = re.compile(r"([^\W\d_]{3,}(?:['’\-][^\W\d_]+)*\*?)\^(?:\d+(?:\.\d+)?(?:e-?\d+)?|\.\d+)(?=\s|$)")
"""Three letters at least: `x^2` is mathematics."""
NEGATIVE = re.compile(r'-(?=[^\W\d_]|["(])')
"""A hyphen at the beginning of a word, a phrase or a group: `-leather`, not `-5` or `- 5`."""
BARE_VALUE = re.compile(r"[\w/&+#%@€$£'’\-]+(?:\.[\w/&+#%@€$£'’\-]+)*")
"""A value of a filter that is printed without quotes."""
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def group_end(text: str, start: int) -> int:
    """Where the group that opens at `start` has its closing bracket; -1 where it has none. Backslashes escape."""
    depth, place = 0, start
    while place < len(text):
        match text[place]:
            case "\\":
                place += 1
            case "(":
                depth += 1
            case ")":
                depth -= 1
                if not depth:
                    return place
        place += 1
    return -1


def grouped(text: str) -> str:
    """A text in brackets, as `group_end` finds its end."""
    escaped = re.sub(r"([()\\])", r"\\\1", text)
    return f"({escaped})"


def ungrouped(text: str) -> str:
    """What `grouped` put into the brackets."""
    return re.sub(r"\\([()\\])", r"\1", text)
