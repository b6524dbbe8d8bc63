"""Keeps a library up to date while folders change."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sensorium.errors import LibraryBusy
from sensorium.media.kinds import SUFFIXES
from sensorium.media.side_files import SUBTITLE_FORMATS
from sensorium.models.model_set import ModelSet
from sensorium.settings import Settings

from .pipeline import index
from .progress import Progress, Summary
from .scan import Source, Within
from .walk import FEED_SUFFIXES

if TYPE_CHECKING:
    from sensorium.library import Library

REST_MS = 1600
"""Changes are taken over once nothing has changed for a moment, or after this long at most."""
LOOK_MS = 1000
BUSY_WAIT_S = 2.0
MANY = 10_000
"""With more changes at once, everything is looked at anew."""


class Watcher:
    """Takes changes of folders over into one library. Models stay loaded between two changes."""

    def __init__(self, library: Library, models: ModelSet, settings: Settings) -> None:
        self._library = library
        self._models = models
        self._settings = settings

    def batches(self, paths: Iterable[Path]) -> Iterator[list[Source]]:
        """What to index: first `paths` themselves, then, until Ctrl-C, what has changed of them.

        Watching begins before the first batch is given, so that nothing is missed while that is indexed.
        """
        from watchfiles import watch

        named = [path.resolve() for path in paths]
        folders = {path if path.is_dir() else path.parent for path in named}
        changes = watch(
            *folders, watch_filter=self._concerns, debounce=REST_MS, rust_timeout=LOOK_MS, yield_on_timeout=True
        )
        next(changes)  # what changed before the first run is seen by it
        first: list[Source] = list(named)
        yield first
        for batch in changes:
            sources = sources_of([Path(path) for _, path in batch], named)
            if sources:
                yield sources

    def index(self, sources: Sequence[Source], progress: Progress) -> Summary:
        """One run over some sources; waits while another process writes to the library."""
        while True:
            try:
                return index(sources, self._library, self._models, settings=self._settings, progress=progress)
            except LibraryBusy:
                if progress.stopped():
                    return Summary(interrupted=True)
                time.sleep(BUSY_WAIT_S)

    def _concerns(self, _change: object, path: str) -> bool:
        """Whether a change is not the library's own: it may lie in what is watched."""
        return self._library.folder not in (Path(path), *Path(path).parents)


def sources_of(changed: Sequence[Path], named: Sequence[Path]) -> list[Source]:
    """What to look at after changes: each path under the rules of the folder that was named, feeds as a whole."""
    if len(changed) > MANY:
        return list(named)
    found: dict[Source, None] = {}
    for path in changed:
        for root in named:
            if root == path:
                found[root] = None
            elif root.suffix.lower() in FEED_SUFFIXES and root.parent in path.parents:
                found[root] = None  # perhaps a picture of one of its products
            elif root in path.parents:
                suffix = path.suffix.lower()
                if suffix in SUFFIXES or path.is_dir() or not path.exists():
                    found[Within(path, root)] = None
                if suffix in SUBTITLE_FORMATS:
                    found[Within(path.parent, root)] = None
    return list(found)
