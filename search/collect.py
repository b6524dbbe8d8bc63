"""Asks judged queries once and keeps what every channel answered, so that many ways to fuse it can be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sensorium.errors import MediaError, QueryError
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.models.model_set import ModelSet
from sensorium.types import Query

from .asked import understand
from .calibrate import calibrate
from .corpus import Judged
from .matches import Calibrated
from .retrieve import retrieve
from .selection import Selection


@dataclass(frozen=True, slots=True)
class Collected:
    """What every channel answered to one judged query, and the items that should have been found."""

    judged: Judged
    matches: Sequence[Calibrated]
    right: frozenset[int]
    excluded: frozenset[int]


def collect(
    library: Library,
    models: ModelSet,
    media: MediaReader,
    queries: Iterable[Judged],
    *,
    depth: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Collected]:
    """`depth` segments of each channel for every query. Queries that cannot be asked, or whose right items are not in
    the library, are left out."""
    paths, backgrounds, found = library.items_by_path(), library.backgrounds(), []
    queries = tuple(queries)
    for done, judged in enumerate(queries, 1):
        right = frozenset(paths[path] for path in judged.relevant if path in paths)
        excluded = frozenset(paths[path] for path in judged.exclude if path in paths)
        query = Query((judged.part,), limit=depth, folder=judged.folder)
        if right - excluded:
            try:
                asked, selection = understand(query, library, models, media), Selection.of(query, library)
            except (MediaError, QueryError):
                continue
            matches = retrieve(asked, library, models, selection=selection, depth=depth).matches
            calibrated = calibrate(matches, backgrounds, selection.snapshot.owners)
            found.append(Collected(judged, calibrated, right - excluded, excluded))
        if progress is not None:
            progress(done, len(queries))
    return found
