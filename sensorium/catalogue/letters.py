"""Words within longer words: codes such as `RE16` in `MKRE1605`, names that a reader of pictures has run together.

A trigram index (FTS5) finds them, for names and for text read from pictures: both are short, and their words are often
no words. It takes 0.8 to 2.5 times the room of the text (benchmarks/trigrams.py). Over passages and speech it would be
the largest index of all and find little: there a code stands as a word of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, text

from sensorium.types import Channel
from sensorium.wording import words_of

CHANNELS = (Channel.NAME, Channel.OCR)
"""Channels with a trigram index, `letters_<channel>`."""
SHORTEST = 3
"""Letters; shorter ones have no trigram."""
MOST = 1000
"""Segments looked at for a word at most."""


def within_words(
    connection: Connection, channel: Channel, words: Sequence[str], *, anywhere: bool, listed: str | None
) -> Iterator[tuple[int, tuple[str, float]]]:
    """(segment id, (word, share)) of segments with a word that is longer than the one asked for and holds it.

    The share is that of its letters that the word asked for covers. Only codes, words with a digit, are looked for, or
    all words with `anywhere`. Segments that have the word as it is are left out. `listed`, ids as a JSON list, keeps
    only these.
    """
    if channel not in CHANNELS:
        return
    for word in words:
        if len(word) >= SHORTEST and (anywhere or _is_code(word)):
            for segment_id, found in _containing(connection, channel, word, listed):
                longer = [len(other) for other in words_of(found) if word in other]
                if longer and len(word) not in longer:
                    yield segment_id, (word, len(word) / min(longer))


def _is_code(word: str) -> bool:
    return any(sign.isdigit() for sign in word) and (len(word) > SHORTEST or not word.isdigit())


def _containing(connection: Connection, channel: Channel, word: str, listed: str | None) -> Iterator[tuple[int, str]]:
    among = "" if listed is None else "AND +rowid IN (SELECT value FROM json_each(:listed)) "
    # An underscore stands for any letter in LIKE, which brings a few too many; escaping it would leave out the index.
    query = (
        f"SELECT rowid, text FROM letters_{channel.value} WHERE text LIKE :pattern {among}ORDER BY rowid LIMIT {MOST}"
    )
    for rowid, found in connection.execute(text(query), {"pattern": f"%{word}%", "listed": listed}):
        yield int(rowid), str(found)
