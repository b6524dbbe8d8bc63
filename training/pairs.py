"""The pools' records and the wordings that a picture is trained with."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

MAX_SENTENCES = 6
LONG_TEXT = 120  # characters; MiniLM was trained on about 128 tokens, and long texts blur into their topic
# "a photo of a fox squirrel", "an emoji of disco", "a photo of Vine Tomato (Tomato) in a grocery store"
_LABEL = re.compile(r"^(?:a photo of|an emoji of)(?: an?)? (?P<noun>.+?)(?: in a grocery store)?$")
_EXERCISE = re.compile(r"^a person doing the (?P<noun>.+) exercise$")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z(])")


@dataclass(frozen=True, slots=True)
class Pair:
    """One picture with its texts."""

    key: str
    shard: str
    set: str
    split: str
    texts: tuple[str, ...]
    license: str


def read_pairs(pools: Path) -> list[Pair]:
    """All pictures of the pools, in file order: a picture's place in this list is its number everywhere else."""
    with (pools / "pairs.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Pair(row["key"], row["shard"], row["set"], row["split"], tuple(row["texts"]), row["license"]) for row in rows
    ]


def tidy(text: str) -> str:
    """The text with single blanks."""
    return " ".join(text.split())


def wordings(pair: Pair) -> list[str]:
    """The picture's texts as they stand, without repeats; long ones by sentence, labels also as the bare noun."""
    found: dict[str, None] = {}
    for text in pair.texts:
        for wording in _wordings_of(tidy(text)):
            found.setdefault(wording)
    return list(found)


def _wordings_of(text: str) -> list[str]:
    label = _LABEL.match(text) or _EXERCISE.match(text)
    if label:
        return [text, label["noun"]]
    if len(text) <= LONG_TEXT:
        return [text]
    sentences = _SENTENCE_END.split(text)
    # The first sentence says what the picture is; it stands beside the whole text, the others are details.
    return [text, *sentences[:MAX_SENTENCES]]
