"""What becomes of an address once its server has answered: read, left as it is, removed, or a failure."""

from __future__ import annotations

import email.utils
from collections.abc import Callable, Iterable, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sensorium.catalogue.drafts import Failure, FetchRecord
from sensorium.errors import SensoriumError
from sensorium.fetch import Fetched, Gone

from .arrived_pictures import settle_product
from .fetching import Arrival
from .link import Link, record_of
from .outcome import FetchNote, Outcome
from .scan import Unit

if TYPE_CHECKING:
    from sensorium.catalogue.writing import Writer
    from sensorium.library_writer import LibraryWriter

Prepare = Callable[[Unit], Outcome]


def settle(arrival: Arrival, prepare: Prepare) -> Outcome:
    """`prepare` reads what is new."""
    unit, link = arrival.unit, arrival.unit.link
    if link is None:
        return settle_product(arrival, prepare)
    (answer,) = arrival.answers
    if isinstance(answer, SensoriumError):
        held = unit.fingerprint if link.item and link.held else ""
        return _failed(Failure(unit.uri, unit.path, held, str(answer), kept=True))
    if isinstance(answer, Gone):
        reason = f"{unit.uri} is there no more: its server answers {answer.status}. Remove it from the list."
        note = FetchNote(unit.uri, removed=int(link.item))
        return _failed(Failure(unit.uri, unit.path, "", reason), note)
    if not isinstance(answer, Fetched):
        return _unchanged(unit, link)
    record = record_of(unit.uri, answer)
    if link.held and link.record is not None and link.record.content == answer.content:
        return _unchanged(unit, link, record)
    come = replace(link, file=answer.file, name=answer.name, attributes=_attributes(unit.uri, answer))
    outcome = prepare(replace(unit, fingerprint=record.fingerprint, link=come))
    return replace(outcome, notes=(FetchNote(unit.uri, record),))


class Room:
    """That for fetched files. Adding up what is held takes a look at all of it: not done for every file."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._come: int | None = None

    def make(self, write: Writer, size: int, spared: Set[str]) -> list[str]:
        """After `size` bytes more, the names of the oldest files that there is no room for; never of the urls `spared`.

        At most a hundredth of the room more is held for a while.
        """
        looked, self._come = self._come is not None, (self._come or 0) + size
        if looked and self._come * 100 < self._max_bytes:
            return []
        self._come = 0
        return write.let_fetched_go(self._max_bytes, spared)


def note_fetched(write: Writer, notes: Sequence[FetchNote], room: Room, under_way: Set[str]) -> list[str]:
    """Write down what came of addresses, with their items. Returns the names of files that must make room."""
    records = [note.record for note in notes if note.record is not None]
    for record in records:
        write.put_fetched(record)
    for note in notes:
        if note.refusal is not None:
            write.put_refusal(note.refusal)
    write.clear_refusals(note.url for note in notes if note.answered)
    write.clear_failures(note.url for note in notes if note.unchanged)
    return room.make(write, sum(record.size for record in records), under_way) if records else []


def remove_files(folder: Path, names: Iterable[str]) -> None:
    """Remove fetched files."""
    for name in names:
        with suppress(OSError):
            (folder / name).unlink()


def sweep(writer: LibraryWriter, folder: Path) -> None:
    """Forget what was fetched and nothing stands on, and remove the files of `folder` that are left: of that, replaced,
    or of a run that was stopped."""
    with writer.transaction() as write:
        write.drop_unused_fetched()
    try:
        names = {file.name for file in folder.iterdir() if file.is_file()}
    except OSError:
        return  # nothing was ever fetched
    remove_files(folder, names - writer.fetched_files())


def _unchanged(unit: Unit, link: Link, record: FetchRecord | None = None) -> Outcome:
    note = FetchNote(unit.uri, record, unchanged=link.item)
    if link.item:
        return Outcome(None, notes=(note,))
    return _failed(Failure(unit.uri, unit.path, unit.fingerprint, link.reason), note)


def _failed(failure: Failure, note: FetchNote | None = None) -> Outcome:
    return Outcome(None, (failure,), notes=(note or FetchNote(failure.uri),))


def _attributes(url: str, answer: Fetched) -> dict[str, Any]:
    told: dict[str, Any] = {"url": url, "site": urlsplit(url).hostname or ""}
    with suppress(ValueError, TypeError, OverflowError):  # nothing is said, or no date
        told["modified"] = email.utils.parsedate_to_datetime(answer.modified).date().isoformat()
    return told
