"""A library that a test damages behind its back, and what it asks of the doctor."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sensorium import doctor
from sensorium.doctor import Grade
from sensorium.indexer import index
from sensorium.library import Library
from sensorium.settings import Settings
from tests.fakes import FAKE_SPACE, fake_models

TEXTS = {
    "harbour": "The harbour opens at nine.",
    "bread": "Bake the loaf for an hour.",
    "bicycle": "Take off the wheel.",
}


@dataclass
class Case:
    folder: Path
    media: Path

    def library(self, options=None):
        return Library.open(self.folder, options)

    def sql(self, *statements, guarded=False):
        """Change the database behind the library's back."""
        connection = sqlite3.connect(self.folder / "sensorium.db")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if guarded else 'OFF'}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    def read(self, statement):
        connection = sqlite3.connect(self.folder / "sensorium.db")
        rows = connection.execute(statement).fetchall()
        connection.close()
        return rows

    def index(self):
        library = Library.open_or_create(self.folder, "fake")
        summary = index([self.media], library, fake_models(), settings=Settings(workers=1))
        library.close()
        return summary

    def examine(self):
        return doctor.examine(self.library())

    def repair(self):
        return doctor.repair(self.library())


def faults(report):
    return {finding.check for finding in report.findings if finding.grade is Grade.FAULT and not finding.mended}


def the(report, check):
    (finding,) = (found for found in report.findings if found.check == check)
    return finding


def nearest(library, channel):
    ids, rows = library.vectors(FAKE_SPACE, channel)
    return library.nearest(FAKE_SPACE, channel, rows, len(ids)), ids


def assert_mended(case, check):
    """Named before, mended by a repair, and gone afterwards."""
    assert check in {finding.check for finding in case.examine().findings}
    assert all(finding.mended for finding in case.repair().findings if finding.check == check)
    assert check not in {finding.check for finding in case.examine().findings}
