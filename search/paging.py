"""Paging by cursor: a page goes on after the hits that were shown, whatever has happened to the library since.

A cursor holds what the first page fixed (the query, the library's sequence number, how deep the channels were asked)
and the ids of all items shown so far. The next page asks again and leaves those out, so that

- no hit comes twice, and none is passed over: what has moved up since the last page is still to come;
- while the library stays as it is, the pages together are the one long list that a larger limit gives;
- when the library changes, the rest is ranked anew: what was removed no longer comes, what was added comes if it is a
  hit, an item that was read again counts as the item it was. The answer says that the library has changed.

Nothing is kept on the server: a cursor works after a restart, and in another process.
"""

from __future__ import annotations

import hashlib
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from sensorium.errors import QueryError
from sensorium.types import Answer, Query

MOST_SHOWN = 5000
"""Hits that can be paged through: a cursor of that many is some 8 KB long."""
DEEPEST = 100_000
"""Segments asked of a channel at most, however far someone pages."""
_VERSION = 1
_DIGEST_BYTES = 8
_HEAD_BYTES = 2**20
_NOT_ASKED = frozenset(("cursor", "limit", "explain", "notes"))
"""Fields of a query that do not change which hits there are, nor their order."""


@dataclass(frozen=True, slots=True)
class Page:
    """Where in a list of hits a page begins.

    `digest` names the query, `seq` is the library's sequence number when the first page was asked, `depth` how many
    segments each channel was asked for, `shown` the ids of the items on the pages before, folded ones included.
    """

    digest: bytes
    seq: int
    depth: int
    shown: frozenset[int] = frozenset()

    def notes(self, seq: int) -> tuple[str, ...]:
        """What to say on this page of a library that has come to the sequence number `seq`."""
        if seq == self.seq:
            return ()
        return ("The library has changed since the first page: what is left was ranked anew.",)

    def after(self, items: Iterable[int], *, depth: int) -> Page:
        """The page after this one, on which `items` were shown."""
        return replace(self, depth=depth, shown=self.shown.union(items))


def page_of(query: Query, *, seq: int, depth: int) -> Page:
    """The page that a query asks for: the first one, or that of its cursor.

    Raises `QueryError` for a cursor that is torn or belongs to another query.
    """
    digest = _digest(query)
    if not query.cursor:
        return Page(digest, seq, depth)
    page = read_cursor(query.cursor)
    if page.digest != digest:
        raise QueryError("The cursor belongs to another query. Ask the same query, or leave the cursor out.")
    return page


def nth_page(search: Callable[[Query], Answer], query: Query, number: int) -> Answer:
    """The page of that number, from 1, reached over those before it; an empty one where there are fewer."""
    answer = search(query)
    for _ in range(number - 1):
        if not answer.cursor:
            return replace(answer, hits=())
        answer = search(replace(query, cursor=answer.cursor))
    return answer


def write_cursor(page: Page) -> str:
    """The cursor of a page: letters, digits, `-` and `_`."""
    numbers = [page.seq, page.depth, *_steps(sorted(page.shown))]
    body = bytes([_VERSION]) + page.digest + b"".join(map(_varint, numbers))
    sealed = body + zlib.crc32(body).to_bytes(4, "big")
    return urlsafe_b64encode(zlib.compress(sealed, 9)).rstrip(b"=").decode()


def read_cursor(cursor: str) -> Page:
    """The page that a cursor asks for. Raises `QueryError` for one that `write_cursor` did not write."""
    try:
        packed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        unpacker = zlib.decompressobj()
        sealed = unpacker.decompress(packed, 12 * MOST_SHOWN)  # never more, however small the cursor
        body, check = sealed[:-4], sealed[-4:]
        if not unpacker.eof or zlib.crc32(body).to_bytes(4, "big") != check or body[0] != _VERSION:
            raise ValueError("it is torn")
        seq, depth, *steps = _numbers(body[1 + _DIGEST_BYTES :])
    except (ValueError, IndexError, zlib.error) as error:
        raise QueryError("The cursor cannot be read. Take it as an answer gave it, or leave it out.") from error
    shown, last = [], 0
    for step in steps:
        last += step
        shown.append(last)
    return Page(body[1 : 1 + _DIGEST_BYTES], seq, depth, frozenset(shown))


def _steps(rising: Iterable[int]) -> Iterator[int]:
    last = 0
    for number in rising:
        yield number - last
        last = number


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first (LEB128)."""
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    digits.append(number)
    return bytes(digits)


def _numbers(digits: bytes) -> Iterator[int]:
    number = shift = 0
    for digit in digits:
        number |= (digit & 0x7F) << shift
        shift += 7
        if digit < 0x80:
            yield number
            number = shift = 0
    if shift:
        raise ValueError("it ends within a number")


def _digest(query: Query) -> bytes:
    told = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for field in fields(query):
        if field.name not in _NOT_ASKED:
            for piece in _pieces(getattr(query, field.name)):
                told.update(f"{len(piece)}:".encode() + piece)
    return told.digest()


def _pieces(value: Any) -> Iterator[bytes]:
    """What a value consists of. An example is what is in the file: an upload lies under another name every time."""
    if is_dataclass(value) and not isinstance(value, type):
        yield type(value).__name__.encode()
        for field in fields(value):
            yield from _pieces(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        yield f"{len(value)} of".encode()
        for entry in value:
            yield from _pieces(entry)
    elif isinstance(value, Path) and value.is_file():
        with value.open("rb") as file:
            yield str(value.stat().st_size).encode() + file.read(_HEAD_BYTES)
    else:
        yield repr(value).encode()
