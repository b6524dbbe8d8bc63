"""Damage to the database is named, and what can be mended is."""

from __future__ import annotations

import pytest

from sensorium.doctor import Grade
from sensorium.types import Channel
from sensorium.wording import read_wording
from tests.doctor.patients import assert_mended, faults, nearest, the

TOLD = "INSERT INTO change(space_id, channel, segment_id, added)"
A_TEXT = "SELECT key FROM segment WHERE channel = 'text' LIMIT 1"


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
