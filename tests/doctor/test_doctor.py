"""A library is damaged in every way there is; the doctor names the damage, and what can be mended is."""

import json
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from sensorium import doctor
from sensorium.cli import main
from sensorium.doctor import Grade
from sensorium.errors import LibraryBusy, LibraryError
from sensorium.indexer import index
from sensorium.indexes.options import IndexOptions
from sensorium.library import Library
from sensorium.settings import Settings
from sensorium.types import Channel
from sensorium.wording import read_wording
from tests.fakes import FAKE_SPACE, fake_models

TEXTS = {
    "harbour": "The harbour opens at nine.",
    "bread": "Bake the loaf for an hour.",
    "bicycle": "Take off the wheel.",
}
TOLD = "INSERT INTO change(space_id, channel, segment_id, added)"
A_TEXT = "SELECT key FROM segment WHERE channel = 'text' LIMIT 1"


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


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    """Indexed once; every test damages a copy."""
    folder = tmp_path_factory.mktemp("healthy")
    media = folder / "media"
    media.mkdir()
    for name, text in TEXTS.items():
        (media / f"{name}.txt").write_text(text)
    for number, colour in enumerate(("red", "green", "blue")):
        Image.new("RGB", (40, 30), colour).save(media / f"{number}.png")
    case = Case(folder / "library", media)
    assert case.index().indexed == 6
    return case


@pytest.fixture
def case(healthy, tmp_path):
    import shutil

    copy = tmp_path / "library"
    healthy_db = sqlite3.connect(healthy.folder / "sensorium.db")
    healthy_db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    healthy_db.close()
    shutil.copytree(healthy.folder, copy)
    media = tmp_path / "media"
    shutil.copytree(healthy.media, media)
    case = Case(copy, media)
    moved = f"'{healthy.media}', '{media}'"
    case.sql(
        f"UPDATE item SET path = replace(path, {moved}), uri = replace(uri, {moved})",
        f"UPDATE medium SET path = replace(path, {moved})",
    )
    return case


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


def test_a_healthy_library_is_sound(case):
    report = case.examine()
    assert report.findings == ()
    assert report.sound
    assert set(report.checks) >= {"database", "references", "words", "vectors", "log", "indexes", "thumbnails", "media"}


def content(folder):
    return {
        p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and "db-" not in p.name
    }


def test_looking_changes_nothing(case):
    case.sql("INSERT INTO words_text(words_text) VALUES ('delete-all')", "DELETE FROM change")
    (case.folder / "thumbs" / "ab").mkdir(exist_ok=True)
    (case.folder / "thumbs" / "ab" / "nothing.jpg").touch()
    before = content(case.folder)
    assert not case.examine().sound
    assert content(case.folder) == before


def test_damaged_pages_are_named_and_left_alone(case):
    path = case.folder / "sensorium.db"
    whole = bytearray(path.read_bytes())
    (page,) = case.read("SELECT rootpage FROM sqlite_master WHERE name = 'segment'")[0]
    size = int.from_bytes(whole[16:18], "big")
    whole[(page - 1) * size : (page - 1) * size + 200] = b"\xff" * 200
    path.write_bytes(whole)
    before = path.read_bytes()
    for report in (case.examine(), case.repair()):
        finding = the(report, "database")
        assert (finding.grade, finding.mended) == (Grade.FAULT, False)
        assert "Restore" in finding.cure
        assert not report.sound
    assert path.read_bytes() == before


def test_rows_without_their_owner_are_dropped(case):
    case.sql("DELETE FROM item WHERE title = 'bread'")
    assert_mended(case, "references")
    assert case.examine().sound
    assert case.library().find_words(Channel.TEXT, read_wording("loaf"), 5) == []


@pytest.mark.parametrize(
    "damage",
    [
        "INSERT INTO words_text(words_text) VALUES ('delete-all')",
        "INSERT INTO words_text(rowid, text) VALUES (999999, 'ghost')",
        "DELETE FROM words_text_data WHERE id > 10",
        "UPDATE segment SET text = 'zebra crossing' WHERE channel = 'text'",
    ],
    ids=["emptied", "ghost", "torn", "stale"],
)
def test_full_text_is_made_anew(case, damage):
    case.sql(damage)
    assert_mended(case, "words")
    ids = [row[0] for row in case.read("SELECT id FROM segment WHERE channel = 'text' AND text LIKE '%harbour%'")]
    assert [i for i, _ in case.library().find_words(Channel.TEXT, read_wording("harbour"), 5)] == ids


def test_segments_without_their_vectors_are_read_again(case):
    case.sql("DELETE FROM vector WHERE key IN (SELECT key FROM segment WHERE channel = 'text' LIMIT 2)")
    finding = the(case.examine(), "log")
    assert (finding.grade, finding.count) == (Grade.FAULT, 2)
    assert "sensorium index" in finding.cure
    assert the(case.repair(), "waiting").count == 2  # only the files can tell
    assert len(case.library().find_words(Channel.TEXT, read_wording("harbour loaf wheel"), 5)) == 3
    assert case.index().indexed == 2
    assert case.examine().findings == ()


def test_vectors_of_nothing_are_swept(case):
    space = case.read("SELECT id FROM space")[0][0]
    case.sql(f"INSERT INTO vector(space_id, key, data) VALUES ({space}, 'nobody', (SELECT data FROM vector LIMIT 1))")
    assert the(case.examine(), "vectors").grade is Grade.NOTE
    assert case.examine().sound
    assert_mended(case, "vectors")


@pytest.mark.parametrize("data", ["x'0011'", "zeroblob({width})"], ids=["too short", "zero"])
def test_damaged_vectors_are_read_again(case, data):
    (width,) = case.read("SELECT length(data) FROM vector LIMIT 1")[0]
    case.sql(f"UPDATE vector SET data = {data.format(width=width)} WHERE key = ({A_TEXT})")
    assert the(case.examine(), "vectors").count == 1
    assert the(case.repair(), "waiting").count == 1
    assert case.index().indexed == 1
    assert case.examine().findings == ()


@pytest.mark.parametrize(
    "damage",
    ["DELETE FROM change", "DELETE FROM change WHERE channel = 'text' AND seq % 2"],
    ids=["whole", "in part"],
)
def test_a_log_that_forgets_is_written_again(case, damage):
    case.sql(f"{TOLD} SELECT space_id, channel, segment_id, added FROM change", damage)
    report = case.repair()
    assert faults(report) == set()
    found, ids = nearest(case.library(), Channel.TEXT)
    assert set(found.ids.ravel().tolist()) == set(ids.tolist())


def test_a_log_that_hides_a_removal_is_told(case):
    case.sql(f"{TOLD} VALUES (1, 'text', 987654, 1)")
    assert the(case.examine(), "log").count == 1
    assert_mended(case, "log")


def test_numbers_are_not_given_twice(case):
    case.sql("UPDATE sqlite_sequence SET seq = 1 WHERE name = 'change'")
    assert_mended(case, "log")


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


def test_rebuilding_proves_every_index_equal(case):
    (case.folder / "vectors" / "measured.json").unlink(missing_ok=True)
    report = doctor.rebuild(case.library(IndexOptions("exact")))
    assert report.sound
    assert len(report.proofs) == len(list((case.folder / "vectors").glob("*.exact")))
    assert all("equal ids and scores" in proof for proof in report.proofs)
    assert not list((case.folder / "vectors").glob("*-text.faiss"))


def test_nothing_is_mended_while_another_writes(case):
    library = case.library()
    with library.writing(), pytest.raises(LibraryBusy):
        case.repair()


def run(*arguments):
    return CliRunner().invoke(main, ["doctor", *arguments])


def test_the_command_tells_by_its_exit_code(case):
    library = ["--library", str(case.folder)]
    assert run(*library).exit_code == 0
    case.sql("INSERT INTO words_text(words_text) VALUES ('delete-all')")
    broken = run(*library)
    assert broken.exit_code == 1
    assert "words_text" in broken.stdout
    assert "`--repair` mends it" in broken.stdout
    said = json.loads(run(*library, "--json").stdout)
    assert (said["sound"], said["findings"][0]["check"], said["findings"][0]["mendable"]) == (False, "words", True)
    mended = run(*library, "--repair")
    assert (mended.exit_code, "mended" in mended.stdout) == (0, True)
    rebuilt = run(*library, "--rebuild")
    assert (rebuilt.exit_code, "proved" in rebuilt.stdout) == (0, True)


def test_what_is_no_database_is_an_error_with_a_cure(case):
    (case.folder / "sensorium.db").write_bytes(b"not a database" * 100)
    with pytest.raises(LibraryError, match="Restore it from a copy"):
        case.examine()
    assert run("--library", str(case.folder)).exit_code == 1


def test_a_trained_index_is_examined_and_proved(tmp_path):
    from tests.indexes.filled import fill, save

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
