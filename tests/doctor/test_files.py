"""Thumbnails, leftovers and media: what belongs to nothing is swept, and nothing else."""

from __future__ import annotations

import os

from PIL import Image

from sensorium.types import Channel
from sensorium.wording import read_wording
from tests.doctor.patients import TEXTS, assert_mended, the


def test_thumbnails_of_nothing_and_leftovers_are_swept_and_nothing_else(case):
    orphan = case.folder / "thumbs" / "zz" / "zz00.jpg"
    orphan.parent.mkdir()
    orphan.touch()
    leftover = case.folder / "vectors" / ".something.part"
    leftover.touch()
    bystander = case.folder / "notes.tmp"
    bystander.write_text("mine")
    thumbs = set((case.folder / "thumbs").rglob("*.jpg")) - {orphan}
    assert len(thumbs) == 3
    report = case.repair()
    assert {finding.check: finding.mended for finding in report.findings} == {"thumbnails": True, "leftovers": True}
    assert not orphan.exists()
    assert not leftover.exists()
    assert bystander.exists()
    assert all(path.exists() for path in thumbs)


def test_pictures_without_a_thumbnail_are_read_again(case):
    next((case.folder / "thumbs").rglob("*.jpg")).unlink()
    assert the(case.examine(), "thumbnails").count == 1
    assert the(case.repair(), "waiting").count == 1
    assert case.index().indexed == 1
    assert case.examine().findings == ()


def test_what_vanished_and_may_come_back_is_not_swept(case):
    (case.media / "0.png").unlink()
    (case.media / "bread.txt").unlink()
    case.repair()
    assert case.examine().findings == ()
    for name, text in TEXTS.items():
        (case.media / f"{name}.txt").write_text(text)
    Image.new("RGB", (40, 30), "red").save(case.media / "0.png")
    case.index()
    assert case.examine().sound
    assert len(case.library().items_by_path()) == 6
    assert len(list((case.folder / "thumbs").rglob("*.jpg"))) == 3


def test_media_that_are_gone_are_forgotten_where_their_folder_is_there(case):
    (case.media / "bread.txt").unlink()
    assert the(case.examine(), "media").count == 1
    assert_mended(case, "media")
    assert case.library().find_words(Channel.TEXT, read_wording("loaf"), 5) == []
    assert len(case.library().items_by_path()) == 5


def test_media_on_a_drive_that_is_away_are_not_forgotten(case):
    case.media.rename(case.media.with_name("away"))
    for _ in range(2):  # without the folder, and with the empty one that a drive is mounted on
        report = case.repair()
        finding = the(report, "media")
        assert (finding.count, finding.mended, finding.mend) == (6, False, None)
        assert len(case.library().items_by_path()) == 6
        case.media.mkdir(exist_ok=True)


def test_media_that_have_changed_are_named(case):
    os.utime(case.media / "0.png", ns=(1, 1))
    finding = the(case.examine(), "media")
    assert (finding.count, finding.examples, finding.mend) == (1, (str(case.media / "0.png"),), None)
    assert case.examine().sound
