"""What is asked of a fetcher, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Wanted:
    """An address, and what its server said of it when it was last fetched: it need not send again what is the same."""

    url: str
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that has come. `content` is the sha256 of its `size` bytes, `mime` what they show themselves to be.

    `name` is what the server or the address calls it, percent-decoded; `modified` is the header as it came.
    """

    file: Path
    content: str
    size: int
    mime: str
    name: str
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The server says that it is what it was."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The server says that there is no such thing any more; `status` is 404 or 410."""

    status: int


Answered: TypeAlias = Fetched | Unchanged | Gone
