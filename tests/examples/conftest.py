"""The demo's media, made as the demo makes them: in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def make_media() -> Callable[..., None]:
    def make(folder: Path, *parts: str) -> None:
        command = [sys.executable, str(ROOT / "examples" / "make_media.py"), str(folder), *parts]
        subprocess.run(command, check=True, capture_output=True)

    return make


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory, make_media: Callable[..., None]) -> Path:
    folder = tmp_path_factory.mktemp("demo-media")
    make_media(folder)
    return folder
