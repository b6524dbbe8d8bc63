"""What comparing a scan with a library holds in memory, and what it says of failures."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

from sensorium.catalogue.drafts import Failure
from sensorium.indexer.progress import Meter, Silent
from sensorium.indexer.reconcile import Reconciler, Todo
from sensorium.indexer.rules import Rules
from sensorium.indexer.scan import Scan
from sensorium.indexer.seen import Seen
from sensorium.indexer.walk import Walk
from sensorium.library import Library
from sensorium.settings import Settings

A_FOLDER = 500


class Tidy(Silent):
    """Asked after every thousand files: cycles of objects that nobody holds shall not be counted."""

    def stopped(self) -> bool:
        gc.collect()
        return False


def compared(library: Library, *sources: Path, retry: bool = False) -> Todo:
    with library.writing() as writer:
        reconciler = Reconciler(writer, Meter(Tidy()), {}, Settings())
        return reconciler.run(Scan(sources, Rules()), retry=retry)


def fill(folder: Path, count: int) -> Path:
    for number in range(count):
        part = folder / f"{number // A_FOLDER:03}"  # the names of a folder are listed at once
        part.mkdir(parents=True, exist_ok=True)
        (part / f"{number:05}.jpg").write_bytes(b"x" * (number % 100 + 1))
    return folder


def traced(library: Library, folder: Path) -> int:
    """Bytes at most, beyond what was held before."""
    tracemalloc.start()
    try:
        todo = compared(library, folder)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        del todo


def test_new_files_take_a_few_dozen_bytes_each_to_compare(tmp_path: Path) -> None:
    library = Library.open_or_create(tmp_path / "library", "test")
    few, many = fill(tmp_path / "few", 2000), fill(tmp_path / "many", 6000)
    compared(library, many)  # every name enters the interpreter's table of names, which doubles now and then
    growth = (traced(library, many) - traced(library, few)) / 4000
    assert growth < 150  # a unit with its path takes 600, what the system says of a file as much again
    library.close()


def test_a_file_that_failed_and_is_as_it_was_is_told_again_until_it_is_read_again(tmp_path: Path) -> None:
    library = Library.open_or_create(tmp_path / "library", "test")
    folder = fill(tmp_path / "media", 3)
    units = {unit.uri: unit for unit in Scan([folder], Rules()).units()}
    bad = str(folder.resolve() / "000" / "00001.jpg")
    with library.writing() as writer, writer.transaction() as write:
        write.put_failure(Failure(bad, Path(bad), units[bad].fingerprint, "no picture"))
    todo = compared(library, folder)
    assert [(failure.uri, failure.reason) for failure in todo.failures] == [(bad, "no picture")]
    assert bad not in [unit.uri for unit in todo.units]
    again = compared(library, folder, retry=True)
    assert again.failures == []
    assert sorted(unit.uri for unit in again.units) == sorted(units)
    library.close()


def test_what_has_been_seen_takes_thirty_bytes_a_name_at_most_and_none_is_lost() -> None:
    tracemalloc.start()
    try:
        seen = Seen(f"/photos/{number}.jpg" for number in range(30_000))
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < 30 * 30_000
    assert len(seen) == 30_000
    assert all(f"/photos/{number}.jpg" in seen for number in range(30_000))
    assert not any(f"/photos/{number}.png" in seen for number in range(30_000))
    assert not seen.add("/photos/29999.jpg")


def test_of_a_large_folder_no_more_than_the_names_are_held(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"{number:05}.jpg").touch()
    tracemalloc.start()
    try:
        names = [Path(path).name for path, _ in Walk(Rules(), lambda _folder, _reason: None).files(tmp_path)]
        names_held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert names == [f"{number:05}.jpg" for number in range(3000)]
    assert peak - names_held < 500 * 3000  # what the system says of a file takes as much again
