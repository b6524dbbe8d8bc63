"""Every error a user can meet. The message names the culprit, says what was expected, and gives the cure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width


class SensoriumError(Exception):
    """The parent of all. The command line prints its message; the service answers with it."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors come back from worker processes. Exception's own way calls the class with the finished
        # message, which children with another signature cannot take.
        return _revive, (type(self), self.args), self.__dict__ or None


def _revive(kind: type[SensoriumError], args: tuple[Any, ...]) -> SensoriumError:
    return kind.__new__(kind, *args)


class UnknownName(SensoriumError):
    """A name that no registry holds."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"No {what} is named {name!r}. Known: {', '.join(sorted(known))}.")


class BadSetting(SensoriumError):
    """A setting whose value cannot be read."""


class MissingDependency(SensoriumError):
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str, needed_for: str) -> None:
        super().__init__(
            f"{needed_for} needs the package {package!r}. Install it with: pip install 'sensorium[{extra}]'"
        )


class MediaError(SensoriumError):
    """A file that cannot be decoded: unreadable, empty, truncated, mislabelled, too large or too slow."""


class UnsupportedMedia(MediaError):
    """A file of a kind that is not read at all."""


class ModelUnavailable(SensoriumError):
    """Weights that are not on this machine, or do not have the checksum they should have."""


class LibraryError(SensoriumError):
    """Something is wrong with a library as a whole."""


class LibraryNotFound(LibraryError):
    """There is no library at the path."""


class LibraryBusy(LibraryError):
    """Another process is writing to the library."""


class LibraryMismatch(LibraryError):
    """The library was written by another schema or another model."""


class FetchError(SensoriumError):
    """An address that is not fetched, or that gave nothing that can be read."""


class NotAsked(FetchError):
    """An address that nobody was asked for: settings forbid it, or its server is left alone."""


class JobError(SensoriumError):
    """A job that cannot be asked for: jobs are off, or its paths are not among those that may be indexed."""


class StorageFull(LibraryError):
    """The disk has no room left."""


class IndexUnreadable(SensoriumError, ValueError):
    """The file of a vector index is missing, torn, or something else. It is a cache: the catalogue rebuilds it."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"The vector index {path} cannot be read: {why}. Rebuild it with: sensorium doctor")


class CorpusError(SensoriumError):
    """A folder with judged queries that cannot be read."""


class QueryError(SensoriumError):
    """A query that cannot be asked: empty, of no known modality, or with a broken example."""


class QuerySyntaxError(QueryError):
    """A query that cannot be read. The message shows the place in it; `problem` alone is the first line."""

    def __init__(self, problem: str, query: str, start: int, end: int) -> None:
        shown, caret = _excerpt(query, start, max(end, start + 1))
        super().__init__(f"{problem}\n  {shown}\n  {caret}")
        self.problem, self.query, self.start, self.end = problem, query, start, end


_AROUND = 40


def _excerpt(query: str, start: int, end: int) -> tuple[str, str]:
    """One line of the query around a place, and under it carets."""
    left, right = max(0, start - _AROUND), min(len(query), end + _AROUND)
    before, cut = ("…" if left else ""), ("…" if right < len(query) else "")
    shown = before + "".join(" " if sign.isspace() else sign for sign in query[left:right]) + cut
    width = [2 if east_asian_width(sign) in "WF" else 1 for sign in query[left:end]]
    return shown, " " * (len(before) + sum(width[: start - left])) + "^" * max(1, sum(width[start - left :]))


class NotFound(SensoriumError):
    """An id that the library does not have, or no longer has."""

    def __init__(self, what: str, wanted: int) -> None:
        super().__init__(f"There is no {what} {wanted} in this library; it may have been removed.")
