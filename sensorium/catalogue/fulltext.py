"""Finding segments by their words: SQLite FTS5, ranked by BM25 (Robertson and Zaragoza, 2009).

A score is the share of the query that a segment answers: its BM25 sum over the largest sum any segment could
reach, `(k1 + 1) * sum of idf`. It lies between 0 and 1 whatever the length of the query, where the bare sum does not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import islice

from sqlalchemy import Connection, text

from sensorium.types import Channel

K1 = 1.2
"""FTS5's own constant, which cannot be changed."""
_WORD = re.compile(r"\w+", re.UNICODE)
FUNCTION_WORDS = frozenset(
    """
    a an and are as at be been but by did do does for from had has have he her his how i if in into is it its me my no
    not of on or our out she so some than that the their them then there these they this to up was we were what when
    where which who why will with would you your
    """.split()  # noqa: SIM905 - a line of words reads better than a list of them
)
"""English words that say nothing alone: a segment that shares only these with a query is not found by it. They do
count in the ranking of the others."""


def query_words(words: str) -> tuple[str, ...]:
    """The distinct words of a query in order, in lower case."""
    return tuple(dict.fromkeys(_WORD.findall(words.lower())))


def find_words(
    connection: Connection, channel: Channel, words: str, limit: int, *, allowed: Sequence[int] | None = None
) -> list[tuple[int, float]]:
    """(segment id, score), best first, of the segments that hold any telling word of the query, if it has one.

    `allowed` keeps only these segment ids; it changes no score.
    """
    terms = query_words(words)
    if not terms:
        return []
    table = f"words_{channel.value}"
    best = _best_sum(connection, table, terms)
    if best <= 0:
        return []
    among = "" if allowed is None else "AND rowid IN (SELECT value FROM json_each(:allowed)) "
    ranked = connection.execute(
        text(
            f"SELECT rowid, -bm25({table}) AS score FROM {table} WHERE {table} MATCH :match {among}"
            "ORDER BY score DESC, rowid"
        ),
        {"match": _any_of(terms), "allowed": f"[{','.join(map(str, allowed or ()))}]"},
    )
    # What a machine heard is wrong every other word: there the small words are evidence too.
    holders = None if channel is Channel.SPEECH else _holders(connection, table, terms)
    found = ((int(rowid), float(score) / best) for rowid, score in ranked if holders is None or rowid in holders)
    return list(islice(found, limit))


def _holders(connection: Connection, table: str, terms: Sequence[str]) -> set[int] | None:
    """Segments that hold a telling word; None where every word or none is one, so that there is nothing to sort out."""
    telling = [term for term in terms if term not in FUNCTION_WORDS]
    if not telling or len(telling) == len(terms):
        return None
    query = text(f"SELECT rowid FROM {table} WHERE {table} MATCH :match")
    return set(connection.scalars(query, {"match": _any_of(telling)}))


def _best_sum(connection: Connection, table: str, terms: Sequence[str]) -> float:
    """The BM25 sum of a segment that holds every term endlessly often: the limit of the formula, times k1 + 1."""
    total = connection.execute(text(f"SELECT count(*) FROM {table}_docsize")).scalar_one()
    return (K1 + 1) * sum(_idf(_count(connection, table, term), total) for term in terms)


def _count(connection: Connection, table: str, term: str) -> int:
    query = text(f"SELECT count(*) FROM {table} WHERE {table} MATCH :match")
    return int(connection.execute(query, {"match": _quoted(term)}).scalar_one())


def _idf(holding: int, total: int) -> float:
    """FTS5's idf, with its floor for terms that more than half of the segments hold."""
    return max(math.log((total - holding + 0.5) / (holding + 0.5)), 1e-6)


def _any_of(terms: Sequence[str]) -> str:
    return " OR ".join(_quoted(term) for term in terms)


def _quoted(term: str) -> str:
    return f'"{term}"'
