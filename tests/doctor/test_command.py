"""The command, its exit codes, and what it will not do."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from sensorium.cli import main
from sensorium.errors import LibraryBusy, LibraryError


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
