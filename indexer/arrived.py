"""What becomes of an address once its server has answered: read, left as it is, removed, or a failure."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Callable, Iterable, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sensorium.catalogue.drafts import Failure, FetchRecord
from sensorium.errors import SensoriumError
from sensorium.fetch import Fetched, Gone

from .fetching import Arrival
from .link import Link
from .outcome import FetchNote, Outcome
from .scan import Unit

if TYPE_CHECKING:
    from sensorium.catalogue.writing import Writer
    from sensorium.library_writer import LibraryWriter

Prepare = Callable[[Unit], Outcome]


def settle(arrival: Arrival, prepare: Prepare) -> Outcome:
    """`prepare` reads what is new."""
    unit, link, answer = arrival.unit, arrival.link, arrival.answer
    if isinstance(answer, SensoriumError):
        held = unit.fingerprint if link.item and link.held else ""
        return _failed(Failure(unit.uri, unit.path, held, str(answer), kept=True))
    if isinstance(answer, Gone):
        reason = f"{unit.uri} is there no more: its server answers {answer.status}. Remove it from the list."
        note = FetchNote(unit.uri, removed=int(link.item))
        return _failed(Failure(unit.uri, unit.path, "", reason), note)
    if not isinstance(answer, Fetched):
        return _unchanged(unit, link)
    record = FetchRecord(
        unit.uri, answer.content, answer.file.name, answer.size, answer.etag, answer.modified, time.time()
    )
    if link.held and link.record is not None and link.record.content == answer.content:
        return _unchanged(unit, link, record)
    come = replace(link, file=answer.file, name=answer.name, attributes=_attributes(unit.uri, answer))
    outcome = prepare(replace(unit, fingerprint=record.fingerprint, link=come))
    return replace(outcome, note=FetchNote(unit.uri, record))


def note_fetched(write: Writer, notes: Sequence[FetchNote], keep_mb: int, spared: Set[str]) -> list[str]:
    """Write down what came of addresses, with their items.

    Returns the names of files beyond `keep_mb`, the oldest, for which there is no room any more; never of the urls
    `spared`.
    """
    for note in notes:
        if note.record is not None:
            write.put_fetched(note.record)
    write.clear_failures(note.url for note in notes if note.unchanged)
    come = {note.url for note in notes if note.record is not None}
    return write.let_fetched_go(keep_mb * 1_000_000, spared - come) if come else []


def remove_files(folder: Path, names: Iterable[str]) -> None:
    """Remove fetched files."""
    for name in names:
        with suppress(OSError):
            (folder / name).unlink()


def sweep(writer: LibraryWriter, folder: Path) -> None:
    """Remove the files of `folder` that nothing stands on: replaced, or left by a run that was stopped."""
    try:
        names = {file.name for file in folder.iterdir() if file.is_file()}
    except OSError:
        return  # nothing was ever fetched
    remove_files(folder, names - writer.fetched_files())


def _unchanged(unit: Unit, link: Link, record: FetchRecord | None = None) -> Outcome:
    note = FetchNote(unit.uri, record, unchanged=link.item)
    if link.item:
        return Outcome(None, note=note)
    return _failed(Failure(unit.uri, unit.path, unit.fingerprint, link.reason), note)


def _failed(failure: Failure, note: FetchNote | None = None) -> Outcome:
    return Outcome(None, (failure,), note=note or FetchNote(failure.uri))


def _attributes(url: str, answer: Fetched) -> dict[str, Any]:
    told: dict[str, Any] = {"url": url, "site": urlsplit(url).hostname or ""}
    with suppress(ValueError, TypeError, OverflowError):  # nothing is said, or no date
        told["modified"] = email.utils.parsedate_to_datetime(answer.modified).date().isoformat()
    return told
