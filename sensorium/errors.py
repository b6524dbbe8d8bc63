"""Every error a user can meet. The message names the culprit, says what was expected, and gives the cure."""

from __future__ import annotations

from collections.abc import Iterable


class SensoriumError(Exception):
    """The parent of all. The command line prints its message; the service answers with it."""


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


class QueryError(SensoriumError):
    """A query that cannot be asked: empty, of no known modality, or with a broken example."""
