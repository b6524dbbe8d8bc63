"""A collection of short texts with judged queries, made from the documents of a corpus: known-item search.

Each text is a passage of a document without one of its sentences, and that sentence is a query whose only right answer
is the passage it was taken from. The sentence is drawn among those of 8 to 40 words, so that queries are as long as
questions that people write out; a sentence that stands in another passage as well is no query.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sensorium.indexer.cutting import cut_document
from sensorium.media.decoded import Limits
from sensorium.media.documents import read_document
from sensorium.settings import Settings
from sensorium.wording import words_of

TEXTS = 1400
SEED = 7
FEWEST_WORDS, MOST_WORDS = 8, 40
LEAST_LEFT = 30
"""Words that a passage must have left, to be a text."""
_END = re.compile(r"(?<=[.!?])\s+")
_DOCUMENTS = (".html", ".htm", ".md", ".txt", ".pdf", ".docx")


@dataclass(frozen=True, slots=True)
class Collection:
    """Texts by id, and for each query the ids of its right answers."""

    texts: dict[str, str]
    queries: dict[str, frozenset[str]]


def make_collection(corpus: Path, *, texts: int = TEXTS, queries: int | None = None) -> Collection:
    """`texts` passages drawn from the documents of `corpus`, and as many queries, or so many of them."""
    passages = [" ".join(passage.split()) for passage in _passages(corpus / "documents")]
    draw = random.Random(SEED)
    draw.shuffle(passages)
    everywhere = Counter(sentence for passage in passages for sentence in set(_END.split(passage)))
    made: dict[str, str] = {}
    asked: dict[str, frozenset[str]] = {}
    for passage in passages:
        sentences = _END.split(passage)
        able = [one for one in sentences if FEWEST_WORDS <= len(words_of(one)) <= MOST_WORDS and everywhere[one] == 1]
        if not able:
            continue
        query = draw.choice(able)
        left = " ".join(one for one in sentences if one is not query)
        if len(words_of(left)) >= LEAST_LEFT:
            made[f"t{len(made):04}"] = left
            asked[query] = frozenset((f"t{len(made) - 1:04}",))
        if len(made) == texts:
            break
    return Collection(made, dict(list(asked.items())[:queries]))


def _passages(folder: Path) -> Iterator[str]:
    limits = Limits.from_settings(Settings())
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _DOCUMENTS:
            for passage in cut_document(read_document(path, limits).blocks):
                yield passage.text
