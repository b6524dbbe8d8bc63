"""Where the small pictures of media lie, below the folder of a library."""

from __future__ import annotations

import os
import time
from pathlib import Path

FORMS = (".jpg", ".webp")
"""A JPEG or, in older libraries, a WebP file."""
REMEMBERED = 50_000
LOOKED_AGAIN_S = 10.0


class Thumbnails:
    """Every medium of every answer is asked for, so what the disk said is remembered: for good where there is a file,
    as it is named by the content it shows, and for some seconds where there is none. Threads may share one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[Path | None, float]] = {}

    def path(self, content: str) -> Path:
        """Where the thumbnail of a medium with this sha256 lies, if it has one."""
        return self._folder / content[:2] / f"{content}{FORMS[0]}"

    def find(self, content: str) -> Path | None:
        """The file; None where there is none."""
        found, until = self._known.get(content, (None, 0.0))
        if found is None and until < time.monotonic():
            found = self._on_disk(content)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[content] = (found, time.monotonic() + LOOKED_AGAIN_S)
        return found

    def _on_disk(self, content: str) -> Path | None:
        stem = os.path.join(self._folder, content[:2], content)  # noqa: PTH118 - a path object costs more than the look
        return next((Path(stem + form) for form in FORMS if os.path.isfile(stem + form)), None)  # noqa: PTH113
