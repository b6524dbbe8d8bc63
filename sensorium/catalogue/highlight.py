"""Where the words of a query stand in the texts that they found: told by the very index that found them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, text

from sensorium.types import Channel, Stretch

from .fulltext import FUNCTION_WORDS
from .rows import chunks

_OPEN, _CLOSE = "\x02\x1f\x02", "\x03\x1f\x03"
"""What FTS5 puts around a word; nobody writes control characters in this order."""


def spans_of(
    connection: Connection, channel: Channel, words: Sequence[str], segment_ids: Sequence[int]
) -> dict[int, tuple[Stretch, ...]]:
    """The spans of `words` in the texts of those segments that hold any, in order and apart.

    Words that say nothing alone are marked only where the query has no others.
    """
    telling = [word for word in words if word not in FUNCTION_WORDS] or list(words)
    if not telling:
        return {}
    table = f"words_{channel.value}"
    query = text(
        f"SELECT rowid, highlight({table}, 0, :open, :close) FROM {table} WHERE {table} MATCH :match AND rowid IN :ids"
    ).bindparams(bindparam("ids", expanding=True))
    match = " OR ".join(f'"{word}"' for word in telling)
    found: dict[int, tuple[Stretch, ...]] = {}
    for ids in chunks(segment_ids):
        values = {"open": _OPEN, "close": _CLOSE, "match": match, "ids": ids}
        for segment_id, marked in connection.execute(query, values):
            found[int(segment_id)] = tuple(_spans(marked))
    return found


def _spans(marked: str) -> list[Stretch]:
    spans: list[Stretch] = []
    before, *pieces = marked.split(_OPEN)
    place = len(before)
    for piece in pieces:
        word, _, rest = piece.partition(_CLOSE)
        spans.append((place, place + len(word)))
        place += len(word) + len(rest)
    return spans
