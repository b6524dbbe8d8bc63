"""What one may get wrong at the command line is told with the cure, and costs nothing else."""

import os
from contextlib import closing

import pytest
from click.testing import CliRunner

from sensorium.catalogue.drafts import Failure
from sensorium.cli import main
from sensorium.cli.shared import open_to_write
from sensorium.errors import LibraryError
from sensorium.library import Library
from sensorium.search.fusion import combined
from sensorium.search.fusion.weights import FACT, SHIPPED, from_json
from sensorium.settings import Settings
from tests.fakes import register_fake_profile


@pytest.fixture
def run(monkeypatch):
    register_fake_profile()
    monkeypatch.setenv("SENSORIUM_PROFILE", "fake")
    monkeypatch.setenv("SENSORIUM_WORKERS", "1")
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


def test_a_library_is_not_made_among_other_files(run, tmp_path):
    (tmp_path / "letter.txt").write_text("Dear all")
    (tmp_path / ".hidden").write_text("")
    told = run("index", tmp_path, "--library", tmp_path)
    assert told.exit_code == 1
    assert "holds other files (letter.txt)" in told.output
    assert "Name a new one" in told.output
    assert sorted(path.name for path in tmp_path.iterdir()) == [".hidden", "letter.txt"]


def test_an_empty_folder_and_one_of_its_own_become_libraries(run, tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "letter.txt").write_text("Dear all")
    (tmp_path / "library").mkdir()
    for _ in range(2):
        assert run("index", tmp_path / "texts", "--library", tmp_path / "library").exit_code == 0


def test_a_library_whose_making_was_cut_short_is_made(run, tmp_path):
    (tmp_path / "letter.txt").write_text("Dear all")
    (tmp_path / "library" / "vectors").mkdir(parents=True)
    (tmp_path / "library" / "thumbs").mkdir()
    (tmp_path / "library" / "write.lock").write_text("")
    told = run("index", tmp_path / "letter.txt", "--library", tmp_path / "library")
    assert told.exit_code == 0, told.output


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="folders are closed to nobody here")
def test_a_folder_that_may_not_be_looked_into_is_told(tmp_path):
    folder, settings = tmp_path / "library", Settings()
    folder.mkdir(mode=0o300)
    me = os.geteuid()
    if me == 0:
        os.seteuid(65534)  # root may look into everything
    try:
        with pytest.raises(LibraryError, match="cannot be looked into"):
            open_to_write(folder, settings)
    finally:
        os.seteuid(me)
        folder.chmod(0o700)


def test_changes_of_a_feed_are_files(run, tmp_path):
    feed = tmp_path / "feed.csv"
    feed.write_text("id,title\n1,A\n")
    told = run("index", tmp_path, "--changes-to", feed, "--library", tmp_path / "library")
    assert (told.exit_code, "takes files of rows" in told.output) == (2, True)
    assert not (tmp_path / "library").exists()


def test_a_feed_with_one_picture_on_the_web_is_told_in_the_singular(run, tmp_path):
    feed = tmp_path / "feed.csv"
    feed.write_text("id,title,image_link\n1,A,https://x.org/a.jpg\n")
    assert "names a picture by its address" in run("index", feed, "--library", tmp_path / "library").output


def test_a_failure_names_its_path_once(tmp_path):
    path = tmp_path / "a.jpg"
    assert str(Failure(str(path), path, "", f"{path} is empty.")) == f"{path} is empty."
    assert str(Failure(f"{path}#row 2", path, "", "row 2: no title")) == f"{path}: row 2: no title"


def test_no_sets_of_weights_cannot_be_tried(run, tmp_path):
    told = run("tune", tmp_path, "--tries", "0", "--library", tmp_path / "library")
    assert (told.exit_code, "is not in the range" in told.output) == (2, True)


def test_going_back_to_the_shipped_weights_forgets_what_was_learned(run, tmp_path):
    with closing(Library.open_or_create(tmp_path / "library", "fake")) as library:
        with library.writing() as writer, writer.transaction() as write:
            write.put_fact(FACT, '{"discount": 0.1}')
            write.put_fact(combined.FACT, '{"always": [1], "silent": [2]}')
        assert run("tune", "--reset", "--library", tmp_path / "library").exit_code == 0
        assert (from_json(library.fact(FACT)), library.fact(combined.FACT)) == (SHIPPED, "")
