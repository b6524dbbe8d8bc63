"""An examination from the ground up: what a later check relies on is looked at, and mended, before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from sensorium.catalogue import engine as database
from sensorium.library import DATABASE, Library
from sensorium.vectors.protocol import Report as Progress

from .catalogue import check_database, check_references, check_words
from .files import check_leftovers, check_media, check_thumbnails, check_waiting
from .indexes import check_indexes, rebuild_all
from .patient import Patient
from .report import Finding, Report
from .vectors import check_log, check_vectors

Check = Callable[[Patient], Iterator[Finding]]
CHECKS: dict[str, Check] = {
    "database": check_database,
    "references": check_references,
    "words": check_words,
    "vectors": check_vectors,
    "log": check_log,
    "indexes": check_indexes,
    "thumbnails": check_thumbnails,
    "leftovers": check_leftovers,
    "media": check_media,
    "waiting": check_waiting,
}
"""In this order: what is mended in one is taken for granted by the next."""


def examine(library: Library, progress: Progress | None = None) -> Report:
    """Look at everything and change nothing."""
    with _patient(library) as patient:
        return Report(library.folder, tuple(CHECKS), tuple(_findings(patient, progress, mending=False)))


def repair(library: Library, progress: Progress | None = None) -> Report:
    """Look at everything, mend what can be, and look at that again. Raises `LibraryBusy` while another writes."""
    with library.writing(), _patient(library) as patient:
        return Report(library.folder, tuple(CHECKS), tuple(_findings(patient, progress, mending=True)))


def rebuild(library: Library, progress: Progress | None = None) -> Report:
    """Repair, then build every index anew and prove each equal to an exact search over the catalogue."""
    with library.writing(), _patient(library) as patient:
        findings = tuple(_findings(patient, progress, mending=True))
        return Report(library.folder, tuple(CHECKS), findings, tuple(rebuild_all(patient, progress)))


@contextmanager
def _patient(library: Library) -> Iterator[Patient]:
    engine = database.connect(library.folder / DATABASE)
    try:
        yield Patient(library, engine)
    finally:
        engine.dispose()


def _findings(patient: Patient, progress: Progress | None, *, mending: bool) -> Iterator[Finding]:
    for step, (name, check) in enumerate(CHECKS.items()):
        if progress is not None:
            progress(name, step, len(CHECKS))
        found = list(check(patient))
        if mending and any(finding.mend for finding in found):
            yield from _mended(patient, check, found)
        else:
            yield from found
        if name == "database" and any(finding.mend is None for finding in found):
            return  # on pages that cannot be trusted nothing else can be told, nor may anything be changed


def _mended(patient: Patient, check: Check, found: list[Finding]) -> Iterator[Finding]:
    """The findings after mending: those that are gone at a second look are mended."""
    for finding in found:
        if finding.mend is not None:
            finding.mend(patient)
    left = list(check(patient))
    still = {_cause(finding) for finding in left}
    yield from (replace(finding, mended=True) for finding in found if _cause(finding) not in still)
    yield from left


def _cause(finding: Finding) -> tuple[str, str]:
    """What a finding is about, whatever its count."""
    return finding.check, "".join(c for c in finding.says if not c.isdigit())
