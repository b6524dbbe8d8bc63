"""Which files below a folder are looked at: patterns as in `.gitignore`, hidden files, links."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pathspec import GitIgnoreSpec

from sensorium.settings import Settings

IGNORE_FILE = ".sensoriumignore"
"""A file of patterns in any folder; they hold for what lies below it."""


@dataclass(frozen=True)
class Rules:
    """With `include`, only files that match one of its patterns; never files or folders that match `exclude`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hidden: bool = False
    follow_links: bool = False

    @classmethod
    def from_settings(cls, settings: Settings) -> Rules:
        return cls(settings.include, settings.exclude, settings.hidden, settings.follow_links)

    @cached_property
    def _included(self) -> GitIgnoreSpec:
        return GitIgnoreSpec.from_lines(self.include)

    @cached_property
    def _excluded(self) -> GitIgnoreSpec:
        return GitIgnoreSpec.from_lines(self.exclude)

    def wants_folder(self, relative: str) -> bool:
        """Whether to look into a folder; the path is relative to the folder that was named."""
        return self._shown(relative) and not self._excluded.match_file(f"{relative}/")

    def wants_file(self, relative: str) -> bool:
        """Whether to look at a file; the path is relative to the folder that was named."""
        if not self._shown(relative) or self._excluded.match_file(relative):
            return False
        return not self.include or self._included.match_file(relative)

    def _shown(self, relative: str) -> bool:
        return self.hidden or not relative.rpartition("/")[2].startswith(".")


def ignored_here(folder: Path) -> GitIgnoreSpec | None:
    """The patterns of a folder's own `.sensoriumignore`, if it has one that can be read."""
    try:
        return GitIgnoreSpec.from_lines((folder / IGNORE_FILE).read_text("utf-8", "replace").splitlines())
    except OSError:
        return None
