"""A healthy library, of which every test damages a copy."""

from __future__ import annotations

import shutil
import sqlite3

import pytest
from PIL import Image

from tests.doctor.patients import TEXTS, Case


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
