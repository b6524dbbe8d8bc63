"""A scan finds what is wanted, each thing once, and knows what it would have come across."""

import os
from pathlib import Path

import pytest
from PIL import Image

from sensorium.indexer.disk_list import DiskList
from sensorium.indexer.rules import Rules
from sensorium.indexer.scan import Scan
from sensorium.indexer.seen import Seen


@pytest.fixture
def tree(tmp_path):
    """Pictures and texts in a few folders, one of them hidden."""
    for name in ("a.jpg", "raw/b.jpg", "raw/deep/c.png", "notes/d.txt", ".trash/e.jpg", "notes/.hidden.txt"):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path / "tree"


def found(*sources, **rules):
    scan = Scan(sources, Rules(**rules))
    return [unit.path.name for unit in scan.units()]


def test_a_folder_is_walked_in_order_without_what_is_hidden(tree):
    assert found(tree) == ["a.jpg", "d.txt", "b.jpg", "c.png"]


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        ({"exclude": ("raw/",)}, ["a.jpg", "d.txt"]),
        ({"exclude": ("*.jpg", "!a.jpg")}, ["a.jpg", "d.txt", "c.png"]),
        ({"exclude": ("/raw/*.jpg",)}, ["a.jpg", "d.txt", "c.png"]),
        ({"include": ("*.jpg",)}, ["a.jpg", "b.jpg"]),
        ({"include": ("raw/**",), "exclude": ("deep",)}, ["b.jpg"]),
        ({"hidden": True}, ["a.jpg", "e.jpg", ".hidden.txt", "d.txt", "b.jpg", "c.png"]),
    ],
)
def test_patterns_choose_as_in_gitignore(tree, rules, names):
    assert found(tree, **rules) == names


def test_a_folders_own_ignore_file_holds_below_it(tree):
    (tree / ".sensoriumignore").write_text("*.png\n# a remark\n")
    (tree / "raw" / ".sensoriumignore").write_text("b.*\n")
    (tree / "raw" / "deep" / ".sensoriumignore").write_text("!c.png\n")
    assert found(tree) == ["a.jpg", "d.txt", "c.png"]


def test_links_that_lead_round_in_a_circle_are_walked_once(tree):
    (tree / "raw" / "round").symlink_to(tree)
    (tree / "again").symlink_to(tree / "notes")
    (tree / "itself").symlink_to(tree / "itself")
    scan = Scan([tree], Rules())
    assert [unit.path.name for unit in scan.units()] == ["a.jpg", "d.txt", "b.jpg", "c.png"]
    assert any("2 links to folders were left out" in note for note in scan.notes())
    followed = found(tree, follow_links=True)
    assert sorted(followed) == ["a.jpg", "b.jpg", "c.png", "d.txt"]


def test_a_folder_named_twice_is_walked_once(tree):
    assert found(tree / "a.jpg", tree / "raw", tree) == ["a.jpg", "b.jpg", "c.png", "d.txt"]


def test_what_was_looked_at_is_covered_and_nothing_else(tree, tmp_path):
    scan = Scan([tree / "raw", tmp_path / "gone"], Rules())
    list(scan.units())
    cases = {
        tree / "raw" / "old.jpg": True,
        tree / "a.jpg": False,
        tmp_path / "gone": True,
        tmp_path / "gone" / "deep" / "x.jpg": True,
        tmp_path / "goner": False,
    }
    assert {path: scan.covers(str(path), str(path)) for path in cases} == cases
    assert not scan.covers(f"{tree}/raw/feed.csv#1", f"{tree}/raw/feed.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_lies_below_a_folder_that_cannot_be_listed_has_not_vanished(tree):
    (tree / "raw").chmod(0)
    scan = Scan([tree], Rules())
    list(scan.units())
    (tree / "raw").chmod(0o755)
    assert not scan.covers(str(tree / "raw" / "b.jpg"), str(tree / "raw" / "b.jpg"))
    assert [failure.path.name for failure in scan.failures] == ["raw"]


def test_what_has_been_seen_is_remembered_by_name():
    seen = Seen(["a"])
    assert (seen.add("a"), seen.add("b"), "b" in seen, "c" in seen, len(seen)) == (False, True, True, False, 2)


def test_a_list_on_disk_gives_back_what_was_put_in_as_often_as_asked():
    spool = DiskList()
    for number in range(3):
        spool.add(Path(str(number)))
    assert [list(spool), list(spool)] == [[Path("0"), Path("1"), Path("2")]] * 2
    spool.add(Path("3"))
    assert (len(spool), list(spool)[-1]) == (4, Path("3"))


def test_files_that_rules_leave_out_leave_the_library(shop, shelf):
    shelf.index(shop / "photos")
    summary = shelf.index(shop / "photos", exclude=("b*.png",))
    assert (summary.removed, shelf.titles()) == (1, ["green.png", "notes", "red.png"])
    Image.new("RGB", (8, 8)).save(shop / "photos" / "brown.png")
    assert shelf.index(shop / "photos", exclude=("b*.png",)).indexed == 0
    assert shelf.index(shop / "photos").restored == 1


def test_a_feed_that_is_named_beside_its_folder_is_not_called_left_out(tree):
    for name in ("named.csv", "other.csv", "named.urls"):
        (tree / name).write_text("title\ncup\n")
    scan = Scan([tree, tree / "named.csv", tree / "named.urls"], Rules())
    list(scan.units())
    assert [note.split()[0] for note in scan.notes() if "was left out" in note] == [str(tree / "other.csv")]
