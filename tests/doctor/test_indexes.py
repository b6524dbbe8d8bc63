"""Damage to the files of indexes is named and mended; rebuilding proves them equal."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sensorium import doctor
from sensorium.doctor import Grade
from sensorium.indexes.options import IndexOptions
from sensorium.library import Library
from sensorium.types import Channel
from tests.doctor.patients import assert_mended, nearest, the
from tests.fakes import FAKE_SPACE
from tests.indexes.filled import fill, save


def index_file(case, channel="text"):
    (path,) = (case.folder / "vectors").glob(f"*-{channel}.faiss")
    return path


@pytest.mark.parametrize("damage", ["torn", "missing", "ahead", "other vectors", "ids"])
def test_an_index_that_cannot_be_trusted_is_rebuilt(case, damage):
    path = index_file(case)
    note = path.with_suffix(".json")
    told = json.loads(note.read_text())
    match damage:
        case "torn":
            path.write_bytes(path.read_bytes()[:-5])
        case "missing":
            path.unlink()
        case "ahead":
            note.write_text(json.dumps(told | {"seq": told["seq"] + 10**6}))
        case "other vectors":
            library = case.library()
            followed = library.indexes.current(FAKE_SPACE, Channel.TEXT)
            ids = followed.index.ids()
            followed.index.add(ids[:1], -library.vectors(FAKE_SPACE, Channel.TEXT)[1][:1])
            followed.index.save(path)
        case "ids":
            followed = case.library().indexes.current(FAKE_SPACE, Channel.TEXT)
            followed.index.remove(followed.index.ids()[:1])
            followed.index.save(path)
    assert the(case.examine(), "indexes").grade is Grade.FAULT
    assert_mended(case, "indexes")
    found, ids = nearest(case.library(), Channel.TEXT)
    assert [sorted(row) for row in found.ids.tolist()] == [ids.tolist()] * len(ids)


def test_an_index_that_was_never_written_is_a_note(case):
    index_file(case).unlink()
    index_file(case, "picture").with_suffix(".json").unlink()
    case.sql("UPDATE fact SET value = 'another' WHERE name = 'id'")
    assert case.examine().sound
    assert {finding.grade for finding in case.examine().findings} == {Grade.NOTE}
    assert_mended(case, "indexes")


def test_index_files_of_nothing_are_swept(case):
    stranger = case.folder / "vectors" / "old-space-0123456789ab-text.faiss"
    stranger.touch()
    assert_mended(case, "indexes")
    assert not stranger.exists()


def test_rebuilding_proves_every_index_equal(case):
    (case.folder / "vectors" / "measured.json").unlink(missing_ok=True)
    report = doctor.rebuild(case.library(IndexOptions("exact")))
    assert report.sound
    assert len(report.proofs) == len(list((case.folder / "vectors").glob("*.exact")))
    assert all("equal ids and scores" in proof for proof in report.proofs)
    assert not list((case.folder / "vectors").glob("*-text.faiss"))


def test_a_trained_index_is_examined_and_proved(tmp_path):
    library = Library.open_or_create(tmp_path / "library", "fake", IndexOptions("ivf-sq8"))
    fill(library, 2_200)
    save(library)
    assert "indexes" not in {finding.check for finding in doctor.examine(library).findings}
    (path,) = (library.folder / "vectors").glob("*.ivf-sq8")
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    assert the(doctor.examine(Library.open(library.folder)), "indexes").grade is Grade.FAULT
    report = doctor.rebuild(Library.open(library.folder, IndexOptions("ivf-sq8")))
    assert "2200 vectors" in report.proofs[0]
    assert float(report.proofs[0].rsplit(" ", 1)[1].rstrip(".")) >= 0.97
    assert np.isfinite(path.stat().st_size)
