"""Finding segments by their words: SQLite FTS5, ranked by BM25 (Robertson and Zaragoza, 2009).

A score is the share of the query that a segment answers: its BM25 sum over the largest sum any segment could
reach, `(k1 + 1) * sum of idf`. It lies between 0 and 1 whatever the length of the query, where the bare sum does not.

FTS5 looks at every row that a query matches, so that one word that half of a large library holds would cost seconds.
Where the words of a query are too common for that, the rarest of them drive: only segments that hold one of those are
ranked, by all words. What drives depends on the library and not on a filter, so that a filter changes no score.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection

from sensorium.rising import among
from sensorium.types import TEXT_CHANNELS, Channel
from sensorium.wording import Phrases, Wording, words_of

from .letters import within_words
from .word_counts import WordCounts

if TYPE_CHECKING:
    import numpy.typing as npt

    Ids = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

K1 = 1.2
"""FTS5's own constant, which cannot be changed."""
ALL_AT_MOST = 20_000
"""Rows that are ranked whatever it takes."""
DRIVEN_AT_MOST = 5_000
"""Rows that the driving words may bring where there are more."""
LISTED_AT_MOST = 20_000
"""Ids of a filter that SQLite is given; of a longer list NumPy sorts out what passes."""
TILTS = np.geomspace(1e-3, 3.0, 60)
"""How strongly chance is tilted towards a query's rare words, where Chernoff's bound looks for the best."""
FUNCTION_WORDS = frozenset(
    """
    a an and are as at be been but by did do does for from had has have he her his how i if in into is it its me my no
    not of on or our out she so some than that the their them then there these they this to up was we were what when
    where which who why will with would you your
    """.split()  # noqa: SIM905 - a line of words reads better than a list of them
)
"""English words that say nothing alone: a query that has others is asked without them. Nearly every passage holds some,
so that looking at them costs most of the time, and finds a little less (docs/evaluation.md)."""


def find_words(
    connection: Connection,
    channel: Channel,
    wording: Wording,
    limit: int,
    *,
    allowed: Ids | None = None,
    parts_of_words: bool = False,
    counts: WordCounts | None = None,
) -> list[tuple[int, float]]:
    """(segment id, score), best first, of the segments that hold any telling word of the query, if it has one.

    `allowed`, int64[n], keeps only these segments and changes no score; phrases are the caller's to look for, see
    `holding`. In names and in text read from pictures a code such as `RE16` is also found within a longer word, for the
    share of it that it covers; with `parts_of_words` every word is. `counts` remembers from query to query.
    """
    if not wording.words:
        return []
    search = _search(connection, channel, wording, counts or WordCounts())
    best = search.best
    if best <= 0:
        return []
    listed = _listed(allowed)
    found = dict(search.ranked(allowed, listed, limit))
    for segment_id, credit in within_words(connection, channel, search.telling, anywhere=parts_of_words, listed=listed):
        if listed is not None or allowed is None or among(allowed, np.array([segment_id]))[0]:
            word, share = credit
            found[segment_id] = found.get(segment_id, 0.0) + share * search.idf(word)
    scored = ((segment_id, total / best) for segment_id, total in found.items())
    return list(islice(sorted(scored, key=lambda pair: (-pair[1], pair[0])), limit))


def unlikeliness(
    connection: Connection, channel: Channel, wording: Wording, scores: Floats, *, counts: WordCounts | None = None
) -> Floats:
    """float64[n]: by how many decades words that score float64[n] in `find_words` are unlikely in a segment, if every
    word came by chance in as many segments as hold it (Chernoff's bound of that sum, 1952): half of two words is less
    than half of ten, and all of words that stand in every other segment is next to nothing.
    """
    search = _search(connection, channel, wording, counts or WordCounts())
    if search.best <= 0 or not len(scores):
        return np.zeros(len(scores))
    twice = () if search.few else search.driving
    likely = np.array([(search.counts[word] + 0.5) / (search.total + 1) for word in search.telling])
    most = (K1 + 1) * np.array([search.idf(word) * (1 + (word in twice)) for word in search.telling])
    expected = np.log1p(likely * np.expm1(np.outer(TILTS, most).clip(max=300.0))).sum(axis=1)
    decades: Floats = (np.outer(scores * search.best, TILTS) - expected).max(axis=1) / math.log(10)
    return np.maximum(0.0, decades)


def holding(connection: Connection, channel: Channel, phrases: Phrases) -> Ids:
    """int64[n], rising: the segments that hold every one of the phrases, each with its words in their order."""
    match = " AND ".join(_quoted(" ".join(phrase)) for phrase in phrases)
    table = f"words_{channel.value}"
    (ids,) = _columns(
        connection, f"SELECT rowid FROM {table} WHERE {table} MATCH :match ORDER BY rowid", ("rowid",), {"match": match}
    )
    return ids.astype(np.int64)


def query_words(words: str) -> tuple[str, ...]:
    """The distinct words of a query in order, in lower case."""
    return tuple(dict.fromkeys(words_of(words)))


def rarity(connection: Connection, words: Sequence[str]) -> dict[str, float]:
    """How much each word tells one segment from the others of the library: its idf over all channels with words.

    0 for one that no segment holds or that says nothing alone.
    """
    counts = WordCounts()
    counted = [counts.of(connection, channel, ["", *map(_quoted, words)]) for channel in TEXT_CHANNELS]
    total, *sums = (sum(column) for column in zip(*counted, strict=True))
    holding = dict(zip(words, sums, strict=True))
    return {
        word: math.log((total + 1) / count) if count and word not in FUNCTION_WORDS else 0.0
        for word, count in holding.items()
    }


def _search(connection: Connection, channel: Channel, wording: Wording, counted: WordCounts) -> _Search:
    telling = _telling(channel, wording)
    total, *counts = counted.of(connection, channel, ["", *(_term(word, wording) for word in telling)])
    return _Search(connection, channel, wording, dict(zip(telling, counts, strict=True)), total)


def _telling(channel: Channel, wording: Wording) -> tuple[str, ...]:
    """The words that are asked for. What a machine heard is wrong every other word: there all of them are."""
    words = wording.words
    telling = tuple(word for word in words if word not in FUNCTION_WORDS or word in wording.beginnings)
    return words if channel is Channel.SPEECH else telling or words


def _term(word: str, wording: Wording) -> str:
    return _quoted(word) + ("*" if word in wording.beginnings else "")


@dataclass(frozen=True, slots=True)
class _Search:
    """One search in the words of one channel, of `total` segments; `counts`: how many of them hold each word that is
    asked for."""

    connection: Connection
    channel: Channel
    wording: Wording
    counts: Mapping[str, int]
    total: int

    @property
    def table(self) -> str:
        return f"words_{self.channel.value}"

    @property
    def telling(self) -> tuple[str, ...]:
        return tuple(self.counts)

    @property
    def few(self) -> bool:
        """Whether every row that holds any word can be looked at."""
        return sum(self.counts.values()) <= ALL_AT_MOST

    @property
    def driving(self) -> tuple[str, ...]:
        """The words that drive where there are too many rows: the rarest; where none is rare, all that tell."""
        rarest = sorted((word for word in self.telling if self.counts[word]), key=lambda word: self.counts[word])
        rows = np.cumsum([self.counts[word] for word in rarest])
        return tuple(rarest[: int(np.searchsorted(rows, DRIVEN_AT_MOST, side="right"))]) or tuple(rarest)

    @property
    def match(self) -> str:
        """What FTS5 is asked. Words that drive stand in it twice, and so count twice."""
        every = self._any_of(self.telling)
        if self.few:
            return every
        driving = self.driving
        joined = " OR " if sum(self.counts[word] for word in driving) <= DRIVEN_AT_MOST else " AND "
        return f"({joined.join(_term(word, self.wording) for word in driving)}) AND ({every})"

    @property
    def best(self) -> float:
        """The BM25 sum of a segment that holds every word endlessly often: the limit of the formula, times k1 + 1."""
        words = self.telling if self.few else (*self.telling, *self.driving)
        return (K1 + 1) * sum(map(self.idf, words))

    def idf(self, word: str) -> float:
        """FTS5's idf, with its floor for words that more than half of the segments hold."""
        holding = self.counts[word]
        return max(math.log((self.total - holding + 0.5) / (holding + 0.5)), 1e-6)

    def ranked(self, allowed: Ids | None, listed: str | None, limit: int) -> list[tuple[int, float]]:
        """(segment id, BM25 sum) of the `limit` best."""
        values: dict[str, object] = {"match": self.match}
        where, last = "", ""
        if listed is not None:
            # The sign keeps SQLite from asking FTS5 anew for each id, at some milliseconds each.
            where += " AND +rowid IN (SELECT value FROM json_each(:allowed))"
            values["allowed"] = listed
        if not self.few:
            last = " ORDER BY rowid DESC LIMIT :most"
            values["most"] = ALL_AT_MOST
        matching = f"FROM {self.table} WHERE {self.table} MATCH :match{where}{last}"
        scored = f"SELECT rowid, -bm25({self.table}) AS score {matching}"
        ranked = f"SELECT * FROM ({scored}) ORDER BY score DESC, rowid"
        if allowed is None or listed is not None:
            ranked += " LIMIT :limit"
            values["limit"] = limit
        rowids, scores = _columns(self.connection, ranked, ("rowid", "score"), values)
        ids = rowids.astype(np.int64)
        if allowed is not None and listed is None:
            passing = among(allowed, ids)
            ids, scores = ids[passing], scores[passing]
        return list(zip(ids[:limit].tolist(), scores[:limit].tolist(), strict=True))

    def _any_of(self, words: Sequence[str]) -> str:
        return " OR ".join(_term(word, self.wording) for word in words)


def _columns(
    connection: Connection, rows: str, names: Sequence[str], values: Mapping[str, object]
) -> list[npt.NDArray[np.float64]]:
    """The columns of a select, in one row: for each row that it hands over, SQLite lets go of Python's interpreter, and
    where queries come together another thread keeps it for as long as some queries take. Ids are exact to 2**53.
    """
    every = ", ".join(f"json_group_array({name})" for name in names)
    (row,) = connection.exec_driver_sql(f"SELECT {every} FROM ({rows})", dict(values))
    return [np.array(json.loads(column), np.float64) for column in row]


def _listed(allowed: Ids | None) -> str | None:
    """The ids of a filter as a JSON list, where they are few enough."""
    if allowed is None or len(allowed) > LISTED_AT_MOST:
        return None
    return f"[{','.join(map(str, allowed.tolist()))}]"


def _quoted(words: str) -> str:
    return f'"{words}"'
