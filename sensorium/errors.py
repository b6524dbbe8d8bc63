"""Every error a user can meet. The message names the culprit, says what was expected, and gives the cure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any


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


class NotFound(SensoriumError):
    """An id that the library does not have, or no longer has."""

    def __init__(self, what: str, wanted: int) -> None:
        super().__init__(f"There is no {what} {wanted} in this library; it may have been removed.")
