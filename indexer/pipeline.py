"""One indexing run, step by step: scan → read → segment → encode → commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sensorium.media.workers import DecodePool
from sensorium.models.model_set import ModelSet
from sensorium.settings import Settings
from sensorium.types import Channel, Space

from .flow import Batch, Flow, Steps
from .lanes import Lanes
from .prepare import Preparer
from .progress import Meter, Progress, Silent, Stage, Summary
from .read_text import read_texts
from .scan import Scan, Unit, scan

if TYPE_CHECKING:
    from sensorium.library import Library, LibraryWriter


def index(
    paths: Iterable[Path],
    library: Library,
    models: ModelSet,
    *,
    settings: Settings,
    progress: Progress | None = None,
    retry: bool = False,
) -> Summary:
    """Bring the library up to date with what lies at `paths`: only what is new or has changed is read.

    With `retry`, so is what could not be read before.

    A file that cannot be read is named in the summary and skipped. Ctrl-C, or `progress` that says so, ends the run:
    what has been read is still encoded and written, and the next run goes on from there. Raises `LibraryBusy`,
    `LibraryMismatch`, `StorageFull`, `ModelUnavailable`.
    """
    with library.writing() as writer:
        run = _Run(library, writer, models, settings, progress or Silent())
        try:
            run.all(paths, retry=retry)
        except KeyboardInterrupt:  # while looking for files, or the second one
            run.summary.interrupted = True
        library.save_indexes(run.spaces)
        return run.summary


class _Run:
    """What the steps of one run share."""

    def __init__(
        self, library: Library, writer: LibraryWriter, models: ModelSet, settings: Settings, progress: Progress
    ) -> None:
        self.spaces: dict[Channel, tuple[Space, ...]] = {channel: models.spaces_for(channel) for channel in Channel}
        library.require_spaces([space for spaces in self.spaces.values() for space in spaces])
        self.summary = Summary()
        self._writer = writer
        self._models = models
        self._settings = settings
        self._meter = Meter(progress)

    def all(self, paths: Iterable[Path], *, retry: bool) -> None:
        found = scan(paths, self._writer.product_media())
        self.summary.notes.extend(found.notes)
        units = self._reconcile(found, retry=retry)
        if units:
            spool = TemporaryDirectory(prefix="sensorium-", ignore_cleanup_errors=True)
            with spool as folder, DecodePool(workers=self._settings.workers) as pool:
                preparer = Preparer(pool, self._settings, self._models, spool=Path(folder), meter=self._meter)
                lanes = Lanes(self._models, self._writer.keys_with_vectors, self._settings.batch_size)
                steps = Steps(pool=pool, preparer=preparer, lanes=lanes, commit=self._commit)
                flow = Flow(steps, self._meter, workers=self._settings.workers, batch_size=self._settings.batch_size)
                self.summary.interrupted = not flow.run(units)
        if not self.summary.interrupted:
            read_texts(self._writer, self._models, self._settings, self.summary, self._meter, retry=retry)

    def _reconcile(self, found: Scan, *, retry: bool) -> list[Unit]:
        """Forget what has vanished, note what cannot be read, and return what must be read."""
        known = self._writer.known()
        vanished = found.vanished((uri, entry.path) for uri, entry in known.items())
        with self._writer.transaction() as write:
            self.summary.removed = write.remove_items(vanished)
            write.clear_failures(vanished)
            for failure in found.failures:
                write.put_failure(failure)
            if vanished:
                write.drop_unused_vectors()
                write.drop_unused_inscriptions()
                write.drop_unused_values()
                write.drop_unused_prints()
        failed = {uri for uri, entry in known.items() if entry.reason} if retry else set()
        changed = [
            unit
            for unit in found.units
            if unit.uri not in known
            or known[unit.uri].fingerprint != unit.fingerprint
            or not failed.isdisjoint(unit.files())
        ]
        still = (
            found.uris
            - {file for unit in changed for file in unit.files()}
            - {failure.uri for failure in found.failures}
        )
        unreadable = [known[uri].as_failure(uri) for uri in sorted(still & known.keys()) if known[uri].reason]
        self.summary.failures = [*found.failures, *unreadable]
        failing = {failure.uri for failure in unreadable}
        self.summary.unchanged = len(found.units) - len(changed) - sum(unit.uri in failing for unit in found.units)
        for stage in (Stage.READ, Stage.COMMIT):
            self._meter.expect(stage, len(changed))
        return changed

    def _commit(self, batches: Sequence[Batch]) -> None:
        """Store batches: thumbnails first, then everything else in one transaction."""
        encoded = [new for vectors, _ in batches for new in vectors]
        outcomes = [outcome for _, finished in batches for outcome in finished]
        prepared = [outcome.prepared for outcome in outcomes if outcome.prepared]
        failures = [failure for outcome in outcomes for failure in outcome.failures]
        for item in prepared:
            self._writer.put_thumbnails(item.draft)
        every_space = [space for spaces in self.spaces.values() for space in spaces]
        with self._writer.transaction(every_space) as write:
            for new in encoded:
                write.put_vectors(new.space, new.keys, new.vectors)
            for item in prepared:
                write.put_item(item.draft, self.spaces)
            for failure in failures:
                write.put_failure(failure)
        self.summary.indexed += len(prepared)
        self.summary.encoded += sum(len(new.keys) for new in encoded)
        self.summary.failures += failures
        self._meter.count(Stage.COMMIT, len(outcomes), failed=len(failures))
