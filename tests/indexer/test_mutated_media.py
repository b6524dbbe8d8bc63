"""Three hundred damaged and misnamed files: each becomes an item or is named, and nothing else is lost."""

from __future__ import annotations

import pytest

from sensorium.indexer import index
from sensorium.indexer.scan import FEED_SUFFIXES
from sensorium.library import Library
from sensorium.settings import Settings
from tests.fakes import fake_models
from tests.mutations import mutations, originals


@pytest.fixture(scope="module")
def shelves(tmp_path_factory):
    """The whole files, the damaged ones, and a library that was made of both."""
    folder = tmp_path_factory.mktemp("media")
    (folder / "whole").mkdir()
    (folder / "damaged").mkdir()
    whole = originals(folder / "whole")
    damaged = list(mutations(whole, folder / "damaged"))
    library = Library.open_or_create(folder / "library", "fake")
    yield whole, damaged, library, run(library, folder, [*whole, *damaged])
    library.close()


def run(library, folder, files):
    feeds = [path for path in files if path.suffix in FEED_SUFFIXES]
    settings = Settings(workers=2, ocr="off", decode_timeout_s=30)
    return index([folder / "whole", folder / "damaged", *feeds], library, fake_models(), settings=settings)


def test_there_are_three_hundred_and_every_whole_file_is_read(shelves):
    whole, damaged, library, summary = shelves
    assert len(damaged) >= 300
    assert not {failure.path for failure in summary.failures} & set(whole)
    items = {path.name for path in library.items_by_path()} | {
        path.name for path in whole if path.suffix in FEED_SUFFIXES
    }
    assert {path.name for path in whole} <= items


def test_every_damaged_file_is_an_item_or_is_named_with_a_reason(shelves):
    _, damaged, library, summary = shelves
    products = {item.path for item in library.items(list(range(1, 2000))).values()}
    read = set(library.items_by_path()) | products
    failed = {failure.path: failure.reason for failure in summary.failures}
    assert [path.name for path in damaged if path not in read and path not in failed] == []
    assert len(failed) >= 50  # or they would not have been damaged enough to show anything
    unnamed = [reason for path, reason in failed.items() if str(path) not in reason and not reason.startswith("row ")]
    assert unnamed == []


def test_no_reason_is_a_programmers_error(shelves):
    summary = shelves[3]
    assert not summary.interrupted
    alien = ("Error:", "Exception:", "Traceback", "crashed its decoder", "broke down", "shut down")
    assert [failure.reason for failure in summary.failures if any(word in failure.reason for word in alien)] == []


def test_a_second_run_reads_nothing_and_names_the_same(shelves):
    whole, damaged, library, first = shelves
    second = run(library, whole[0].parent.parent, [*whole, *damaged])
    assert (second.indexed, second.encoded) == (0, 0)
    assert {failure.path for failure in second.failures} == {failure.path for failure in first.failures}
