"""Takes in a body: counted as it comes, judged by its first bytes, written beside its place and moved there whole."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from sensorium.errors import FetchError

from .address import Address
from .outcome import Fetched
from .types import HEAD_BYTES, SUFFIXES, declared_type, require_declared, type_of
from .unpacking import unpacking

PART = ".part"
"""Suffix of files that are still coming."""
_FILENAME = re.compile(r"""filename\*=(?:UTF-8|utf-8)''([^;]+)|filename="([^"]+)"|filename=([^;\s"]+)""")
_LONGEST_HEADER = 1000


@dataclass(frozen=True, slots=True)
class Shelf:
    """Under which address a body is kept, the one that was asked for first; how large it may be; and where it goes."""

    asked: Address
    max_bytes: int
    folder: Path


async def receive(body: AsyncIterable[bytes], headers: Mapping[str, str], address: Address, shelf: Shelf) -> Fetched:
    """Take in what `address` gives, where redirects may have led.

    What the server says of the size may end it early and is not relied upon. Raises `FetchError` for what is too large,
    of another kind than is read, or not what it is called.
    """
    max_bytes, folder = shelf.max_bytes, shelf.folder
    declared = declared_type(headers.get("content-type", ""))
    require_declared(declared, address.url)
    said = headers.get("content-length", "")
    if said.isascii() and said.isdigit() and int(said[:18]) > max_bytes:
        raise _too_large(address, max_bytes)
    unpack = unpacking(headers.get("content-encoding", ""), address.url)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(PART, ".", folder)
    except OSError as error:
        raise FetchError(f"{address.url} cannot be kept in {folder}: {error.strerror}.") from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            intake = _Intake(file, address, declared, max_bytes)
            async for data in body:
                for piece in unpack.feed(data):
                    intake.take(piece)
            unpack.end()
            mime, suffix = intake.end()
        content = intake.content
        place = folder / file_name(shelf.asked.url, content, suffix)
        part.replace(place)
    except OSError as error:
        raise FetchError(f"{address.url} cannot be kept in {folder}: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    etag, modified = (_short(headers.get(name, "")) for name in ("etag", "last-modified"))
    return Fetched(place, content, intake.size, mime, _name(headers, address, shelf.asked), etag, modified)


def file_name(url: str, content: str, suffix: str) -> str:
    """Of one address and one content: what is fetched anew never takes the place of what an item still stands on."""
    return f"{hashlib.sha256(url.encode()).hexdigest()[:24]}-{content[:12]}{suffix}"


class _Intake:
    def __init__(self, file: BinaryIO, address: Address, declared: str, max_bytes: int) -> None:
        self._file = file
        self._address = address
        self._declared = declared
        self._max_bytes = max_bytes
        self._digest = hashlib.sha256()
        self._head = b""
        self._type: tuple[str, str] | None = None
        self.size = 0

    @property
    def content(self) -> str:
        return self._digest.hexdigest()

    def take(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self._max_bytes:
            raise _too_large(self._address, self._max_bytes)
        if self._type is None:
            self._head += piece[: HEAD_BYTES - len(self._head)]
            if len(self._head) == HEAD_BYTES:
                self._judge()
        self._digest.update(piece)
        self._file.write(piece)

    def end(self) -> tuple[str, str]:
        """Its type and suffix."""
        if not self.size:
            raise FetchError(f"{self._address.url} is empty.")
        return self._type or self._judge()

    def _judge(self) -> tuple[str, str]:
        self._type = type_of(self._head, self._declared, self._address.url)
        return self._type


def _name(headers: Mapping[str, str], address: Address, asked: Address) -> str:
    """What the server wants the file to be called, else what the addresses do: the one that was asked for where it ends
    like a file's name, else the one that it led to. Never more than a name."""
    found = _FILENAME.search(headers.get("content-disposition", ""))
    given = unquote(found[1] or "") or found[2] or found[3] or "" if found else ""
    given = given.replace("\\", "/").rpartition("/")[2].strip()
    named = asked if Path(asked.name).suffix.lower() in SUFFIXES else address
    printable = "".join(sign for sign in given or named.name if sign.isprintable())[:200]
    return printable if printable.strip(". ") else address.host


def _short(header: str) -> str:
    """A header to be sent back as it came; one that is too long, or not ASCII, is not."""
    return header if len(header) <= _LONGEST_HEADER and header.isascii() and header.isprintable() else ""


def _too_large(address: Address, max_bytes: int) -> FetchError:
    return FetchError(
        f"{address.url} has more than {max_bytes / 1e6:g} MB and was not fetched. "
        "Raise SENSORIUM_FETCH_MAX_MB to have it."
    )
