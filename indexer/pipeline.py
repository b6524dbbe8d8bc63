"""One indexing run, step by step: scan → read → segment → encode → commit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sensorium import heap
from sensorium.catalogue.drafts import ItemDraft
from sensorium.catalogue.refusals import told_put_off
from sensorium.fetch import Fetcher, FetchPolicy
from sensorium.media.workers import DecodePool
from sensorium.models.model_set import ModelSet
from sensorium.settings import Settings
from sensorium.types import TEXT_CHANNELS, Channel, Kind, Space

from .arrived import Room, note_fetched, remove_files, settle, sweep
from .fetching import Arrival, Fetching
from .flow import Batch, Flow, Steps
from .lanes import Lanes
from .outcome import Outcome
from .prepare import Around, Preparer
from .progress import Meter, Progress, Silent, Stage, Summary
from .questions import Questions
from .read_text import read_texts
from .reconcile import Reconciler, Todo
from .refill import fill_gaps
from .rules import Rules
from .scan import Scan, Source, Unit

if TYPE_CHECKING:
    from sensorium.library import Library
    from sensorium.library_writer import LibraryWriter


def index(
    sources: Iterable[Source],
    library: Library,
    models: ModelSet,
    *,
    settings: Settings,
    progress: Progress | None = None,
    retry: bool = False,
) -> Summary:
    """Bring the library up to date with `sources`: only what is new or has changed is read.

    With `retry`, so is what could not be read before. What has moved, or vanished and come back, keeps its id; what is
    a copy is not decoded again. `settings.include`, `exclude`, `hidden` and `follow_links` choose among the files of
    folders.

    A file that cannot be read is named in the summary and skipped. Ctrl-C, or `progress` that says so, ends the run:
    what has been read is still encoded and written, and the next run goes on from there. Raises `LibraryBusy`,
    `LibraryMismatch`, `StorageFull`, `ModelUnavailable`.
    """
    with library.writing() as writer, heap.reused():
        run = _Run(library, writer, models, settings, progress or Silent())
        sources = list(sources)
        writer.remember_sources(source.resolve() for source in sources if isinstance(source, Path))
        try:
            run.all(sources, retry=retry)
        except KeyboardInterrupt:  # while looking for files, or the second one
            run.summary.interrupted = True
        library.save_indexes(run.spaces)
        return run.summary


READING_SETTINGS = ("personal_tags", "subtitles", "tiles", "transcriber", "whisper_model")


class _Run:
    """What the steps of one run share."""

    def __init__(
        self, library: Library, writer: LibraryWriter, models: ModelSet, settings: Settings, progress: Progress
    ) -> None:
        self._library = library
        self.spaces: dict[Channel, tuple[Space, ...]] = {channel: models.spaces_for(channel) for channel in Channel}
        used = [space for spaces in self.spaces.values() for space in spaces]
        library.require_spaces(used)
        writer.name_spaces(used)
        self.summary = Summary()
        self._writer = writer
        self._models = models
        self._settings = settings
        self._progress = progress
        self._meter = Meter(progress)
        self._room = Room(settings.fetch_keep_mb * 1_000_000)
        self._let_go = 0

    def all(self, sources: Iterable[Source], *, retry: bool) -> None:
        scan = Scan(
            sources,
            Rules.from_settings(self._settings),
            owned=self._writer.product_media(),
            fetches=self._settings.fetch,
        )
        reconciler = Reconciler(self._writer, self._meter, self.spaces, self._settings)
        way = _way_of_reading(self._settings)
        todo = reconciler.run(scan, retry=retry, alike=self._writer.fact("read_with") in (None, way))
        self._tell(scan, todo)
        if todo.units:
            self.summary.interrupted = not self._read(todo, retry=retry)
        if self._let_go:
            self.summary.notes.append(
                f"{self._let_go} fetched files were let go for want of room; their items stay, and are found. Raise "
                "SENSORIUM_FETCH_KEEP_MB to keep more."
            )
        if self._settings.fetch and not retry and (put_off := self._writer.put_off()).pictures:
            self.summary.notes.append(told_put_off(put_off))
        if not self.summary.interrupted:
            sweep(self._writer, self._library.fetched)
            with self._writer.transaction() as write:
                write.put_fact("read_with", way)
            read_texts(self._writer, self._models, self._settings, self.summary, self._meter, retry=retry)
        if not self.summary.interrupted:
            self._fill_gaps()

    def _fill_gaps(self) -> None:
        done = fill_gaps(
            self._library, self._models, settings=self._settings, progress=self._progress, writer=self._writer
        )
        self.summary.interrupted = done.interrupted
        self.summary.failures += done.failures
        if done.encoded:
            go_on = " Run the same command again to go on." if done.interrupted else ""
            self.summary.notes.append(
                f"{done.encoded:,} contents had no vectors yet in a space that is newer than this library, and were "
                f"given them.{go_on}"
            )

    def _read(self, todo: Todo, *, retry: bool) -> bool:
        """Take all units through the steps; False where that was stopped."""
        folder, settings = self._library.fetched, self._settings
        questions = Questions(self._writer, folder, settings, retry=retry)
        fetching = Fetching(Fetcher(FetchPolicy.from_settings(settings), folder), questions, self._meter)
        spool = TemporaryDirectory(prefix="sensorium-", ignore_cleanup_errors=True)
        with fetching, spool as held, DecodePool(workers=settings.workers) as pool:
            around = Around(pool=pool, settings=settings, meter=self._meter, spool=Path(held), known=self._known)
            preparer = Preparer(around, self._models)

            def prepare(come: Unit | Arrival) -> Outcome:
                return settle(come, preparer.prepare) if isinstance(come, Arrival) else preparer.prepare(come)

            def stop() -> None:
                fetching.close()
                pool.close()

            lanes = Lanes(self._models, self._writer.keys_with_vectors, settings.batch_size)
            commit = partial(self._commit, fetching=fetching)
            steps: Steps[Unit | Arrival] = Steps(stop=stop, prepare=prepare, lanes=lanes, commit=commit)
            flow = Flow(steps, self._meter, workers=settings.workers, batch_size=settings.batch_size)
            return flow.run(fetching.arrivals(todo.units))

    def _tell(self, scan: Scan, todo: Todo) -> None:
        self.summary.notes.extend(scan.notes())
        self.summary.unchanged, self.summary.removed = todo.unchanged, todo.removed
        self.summary.moved, self.summary.restored = todo.moved, todo.restored
        self.summary.failures = todo.failures
        for stage in (Stage.READ, Stage.COMMIT):
            self._meter.expect(stage, len(todo.units))
        if todo.links:
            self._meter.expect(Stage.FETCH, todo.links)

    def _known(self, content: str) -> ItemDraft | None:
        """The item of a file of this sha256, where its pictures and sounds are encoded and need not be decoded."""
        draft = self._writer.draft_of_content(content)
        for segment in draft.segments if draft is not None else ():
            for space in self.spaces[segment.channel] if segment.channel not in TEXT_CHANNELS and segment.key else ():
                if not self._writer.keys_with_vectors(space, [segment.key]):
                    return None
        return draft

    def _commit(self, batches: Sequence[Batch], *, fetching: Fetching) -> None:
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
            write.put_items([item.draft for item in prepared], self.spaces)
            write.clear_picture_failures(item.draft.uri for item in prepared if item.draft.kind is Kind.PRODUCT)
            for failure in failures:
                write.put_failure(failure)
            notes = [note for outcome in outcomes for note in outcome.notes]
            fetching.noted(note.url for note in notes)
            let_go = note_fetched(write, notes, self._room, fetching.under_way)
        remove_files(self._library.fetched, let_go)
        self._let_go += len(let_go)
        self.summary.unchanged += sum(note.unchanged for note in notes)
        self.summary.removed += sum(note.removed for note in notes)
        self.summary.indexed += len(prepared)
        self.summary.known += sum(outcome.known for outcome in outcomes)
        self.summary.encoded += sum(len(new.keys) for new in encoded)
        self.summary.failures += failures
        self._meter.count(Stage.COMMIT, len(outcomes), failed=len(failures))


def _way_of_reading(settings: Settings) -> str:
    """Tells apart settings by which the same file becomes different items."""
    return json.dumps({name: getattr(settings, name) for name in READING_SETTINGS})
