"""What an indexing run knows of one address on the web."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorium.catalogue.drafts import FetchRecord, MediumDraft, Refusal, SegmentDraft
from sensorium.catalogue.known import Known
from sensorium.fetch import Fetched

if TYPE_CHECKING:
    from sensorium.library_writer import LibraryWriter

    from .scan import Unit


@dataclass(frozen=True, slots=True)
class Link:
    """`record` is what its last fetching gave. `held` says that this is in the library and need not be read again: as
    an item (`item`), or as something that cannot be read, for this `reason`.

    Once it has been fetched, `file` is where it lies, `name` what it is called, `attributes` are what is told of it.
    """

    record: FetchRecord | None = None
    held: bool = False
    item: bool = False
    reason: str = ""
    file: Path | None = None
    name: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture that the library has, and whose file it has let go: its medium, and the segments of it."""

    medium: MediumDraft
    segments: tuple[SegmentDraft, ...]


@dataclass(frozen=True, slots=True)
class LinkedPicture:
    """A picture that a product names by its address. `record` is what its last fetching gave, where that is held: as a
    `file`, or `kept` without one. `refusal` is that it did not come when it was last asked for; `asked` says that it
    was in this run, or need not be yet."""

    url: str
    record: FetchRecord | None = None
    file: Path | None = None
    kept: Kept | None = None
    asked: bool = False
    refusal: Refusal | None = None


def record_of(url: str, answer: Fetched) -> FetchRecord:
    """What there is to note of something that has just come."""
    return FetchRecord(url, answer.content, answer.file.name, answer.size, answer.etag, answer.modified, time.time())


def linked(units: list[Unit], known: Mapping[str, Known], writer: LibraryWriter, *, retry: bool) -> list[Unit]:
    """The units, those that are addresses with what the library knows of them.

    With `retry` what could not be read is held for nothing.
    """
    urls = [unit.uri for unit in units if unit.link is not None]
    if not urls:
        return units
    records, items = writer.fetched(urls), writer.fingerprints(urls)
    return [
        unit
        if unit.link is None
        else _with_link(unit, records.get(unit.uri), items.get(unit.uri), None if retry else known.get(unit.uri))
        for unit in units
    ]


def _with_link(unit: Unit, record: FetchRecord | None, item: str | None, known: Known | None) -> Unit:
    if record is None:
        return replace(unit, link=Link(item=item is not None))
    failed = known.reason if known is not None and known.fingerprint == record.fingerprint else None
    if item is not None:
        link = Link(record, item == record.fingerprint, item=True)
    else:
        link = Link(record, bool(failed), reason=failed or "")
    return replace(unit, fingerprint=record.fingerprint, link=link)
