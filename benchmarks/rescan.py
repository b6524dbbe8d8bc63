"""How long it takes to find out that nothing has changed, and what memory that needs.

    python benchmarks/rescan.py [--files 100000]

Makes so many small files and a library that knows them in a temporary folder, then indexes the folder again: every file
is looked at, none is read. Printed with the limit for a hundred thousand, and beside what the operating system itself
takes to list the folder and look at every file, in the same run.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sensorium.catalogue.drafts import ItemDraft, MediumDraft, SegmentDraft
from sensorium.indexer import index
from sensorium.indexer.scan import Scan, Unit
from sensorium.library import Library
from sensorium.models.profiles import load_models
from sensorium.settings import Settings
from sensorium.types import Channel, Kind

LIMIT_S = 20.0
A_FOLDER = 500
_AT_ONCE = 5000


def make_files(folder: Path, count: int) -> None:
    for start in range(0, count, A_FOLDER):
        part = folder / f"{start // A_FOLDER:05d}"
        part.mkdir(parents=True)
        for number in range(start, min(start + A_FOLDER, count)):
            (part / f"{number}.txt").write_text(f"Note {number}.")


def fill(library: Library, folder: Path) -> None:
    """Every file as an item, as the indexer would have noted it; nothing is encoded."""
    units = list(Scan([folder]).units())
    for start in range(0, len(units), _AT_ONCE):
        with library.writing() as writer, writer.transaction() as write:
            write.put_items([_draft(unit) for unit in units[start : start + _AT_ONCE]], {})


def _draft(unit: Unit) -> ItemDraft:
    medium = MediumDraft(unit.path, "text/plain", f"content of {unit.path.name}")
    segment = SegmentDraft(Channel.NAME, "", 0, text=unit.path.stem)
    return ItemDraft(unit.uri, Kind.DOCUMENT, unit.path.stem, unit.path, unit.fingerprint, {}, (medium,), (segment,))


def listed(folder: Path) -> int:
    """What any look at every file costs at least."""
    count = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            os.stat(os.path.join(parent, name))  # noqa: PTH116, PTH118  # the bare calls are what is measured
            count += 1
    return count


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor, which a busy machine does not change."""
    started, begun = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - begun


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    count = parser.parse_args().files
    settings = Settings(workers=1, ocr="off")
    with tempfile.TemporaryDirectory() as temporary:
        media = Path(temporary, "media")
        make_files(media, count)
        library = Library.open_or_create(Path(temporary, "library"), "starter")
        fill(library, media)
        models = load_models(settings, "starter")
        bare = timed(lambda: listed(media))
        before = peak_mb()
        summaries = []
        again = timed(lambda: summaries.append(index([media], library, models, settings=settings)))
        grown = peak_mb() - before
        library.close()
    assert summaries[0].unchanged == count, summaries[0]
    limit = LIMIT_S * count / 100_000
    table = Table("what", "files", "seconds", "of the processor", "limit s", "peak memory grew by, MB")
    table.add_row("listing and looking, bare", f"{count:,}", f"{bare[0]:.2f}", f"{bare[1]:.2f}", "", "")
    table.add_row("index again", f"{count:,}", f"{again[0]:.2f}", f"{again[1]:.2f}", f"{limit:.1f}", f"{grown:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
