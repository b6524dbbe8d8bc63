"""Lists of addresses on the web: text files with one in a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sensorium.errors import FetchError, MediaError
from sensorium.fetch.address import LONGEST, read_address

LIST_SUFFIXES = frozenset((".urls", ".url-list"))
_MARK = "#"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no address."""

    number: int
    reason: str


def read_list(path: Path) -> Iterator[str | BadLine]:
    """The addresses of a list in order, written as `Address.url` writes them, and in their places the bad lines.

    Empty lines are passed by, and so is what follows a `#` at the beginning of a line or after a blank. Raises
    `MediaError` for a file that cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            number = 0
            while line := file.readline(2 * LONGEST):
                number += 1
                text = _without_comment(line)
                if text:
                    yield _read(text, number)
    except UnicodeDecodeError as error:
        raise MediaError(
            f"{path} is not UTF-8 text: {error.reason} at byte {error.start}. Save it as UTF-8."
        ) from error
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror}.") from error


def _without_comment(line: str) -> str:
    text = line.strip()
    if text.startswith(_MARK):
        return ""
    for blank in (" ", "\t"):
        text = text.partition(blank + _MARK)[0]
    return text.rstrip()


def _read(text: str, number: int) -> str | BadLine:
    try:
        return read_address(text).url
    except FetchError as error:
        return BadLine(number, str(error))
