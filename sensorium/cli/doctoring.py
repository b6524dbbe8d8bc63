"""The command that checks a library."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .shared import AS_JSON, LIBRARY, print_json, read_settings


@click.command()
@LIBRARY
@click.option("--repair", is_flag=True, help="Mend what can be mended; looking alone changes nothing.")
@click.option("--rebuild", is_flag=True, help="Repair, build every vector index anew, and prove each equal.")
@AS_JSON
def doctor(library_path: Path, repair: bool, rebuild: bool, as_json: bool) -> None:
    """Check a library: its catalogue against its indexes against the files.

    Ends with exit code 1 when a fault is left. Notes, such as leftovers or files that have changed, are no faults.
    """
    from sensorium import doctor as doctors
    from sensorium.doctor.terminal import print_report
    from sensorium.indexes.options import IndexOptions
    from sensorium.library import Library
    from sensorium.search.terminal import progress

    look = doctors.rebuild if rebuild else doctors.repair if repair else doctors.examine
    library = Library.open(library_path.resolve(), IndexOptions.from_settings(read_settings()))
    with progress("Looking at the library") as moved:
        report = look(library, lambda _step, done, of: moved(done, of))
    library.close()
    if as_json:
        print_json(report.as_json())
    else:
        print_report(report)
    if not report.sound:
        sys.exit(1)
