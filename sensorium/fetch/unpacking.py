"""Bodies that come compressed although nobody asked for it: unpacked piece by piece, so that a few bytes that stand for
a terabyte cost no more than the limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

from sensorium.errors import FetchError

PIECE = 1 << 16
_WINDOW = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class Unpacking(Protocol):
    """Takes a body as it comes and gives it as it is meant, in pieces of bounded size."""

    def feed(self, data: bytes) -> Iterator[bytes]: ...

    def end(self) -> None:
        """Raises `FetchError` where something is missing at the end."""


class Plain:
    """What is not compressed."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        if data:
            yield data

    def end(self) -> None: ...


class Deflated:
    """gzip and deflate."""

    def __init__(self, window: int, url: str) -> None:
        self._stream = zlib.decompressobj(window)
        self._url = url

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            while data and not self._stream.eof:
                piece = self._stream.decompress(data, PIECE)
                if piece:
                    yield piece
                data = self._stream.unconsumed_tail
        except zlib.error as error:
            raise FetchError(f"{self._url} comes compressed and cannot be unpacked: {error}.") from None
        if data or self._stream.unused_data:
            raise FetchError(f"{self._url} comes compressed, with more behind its end.")

    def end(self) -> None:
        if not self._stream.eof:
            raise FetchError(f"{self._url} comes compressed and breaks off.")


def unpacking(encoding: str, url: str) -> Unpacking:
    """For a header Content-Encoding. Raises `FetchError` for one that is not unpacked, and for several."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return Plain()
    if encoding not in _WINDOW:
        raise FetchError(f"{url} comes in the encoding {encoding!r}, which was not asked for.")
    return Deflated(_WINDOW[encoding], url)
