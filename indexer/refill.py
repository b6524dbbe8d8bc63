"""Fills the spaces of other models while those in use go on serving: every content the library has is encoded anew.

Texts are in the catalogue, film stills beside it; pictures and sounds are decoded again. What has been encoded is kept,
so that a filling that was stopped goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from sensorium.catalogue.drafts import Failure, ItemDraft
from sensorium.media.decoded import Frame
from sensorium.media.workers import DecodePool
from sensorium.models.model_set import ModelSet
from sensorium.settings import Settings
from sensorium.types import TEXT_CHANNELS, Channel, Space

from .flow import Batch, Flow, Steps
from .lanes import Lanes
from .outcome import Outcome
from .prepare import Around, Preparer
from .progress import Meter, Progress, Stage
from .scan import Unit
from .segment import Prepared

if TYPE_CHECKING:
    from sensorium.library import Library
    from sensorium.library_writer import LibraryWriter
    from sensorium.types import Pixels, Samples


@dataclass(slots=True)
class Refilled:
    """What a filling did. `lacking` contents could not be encoded; `failures` say why."""

    encoded: int = 0
    lacking: int = 0
    failures: list[Failure] = field(default_factory=list)
    interrupted: bool = False


def refill(
    library: Library, models: ModelSet, *, settings: Settings, progress: Progress, writer: LibraryWriter
) -> Refilled:
    """Give every segment of the library its vectors in the models' spaces, and tell the indexes. Nothing is switched.

    Where a file has gone, a picture is encoded by its thumbnail, so that nothing is lost. Transcripts and readings
    stay as they are.
    """
    return _Refill(library, models, settings, progress, writer).run()


def fill_gaps(
    library: Library, models: ModelSet, *, settings: Settings, progress: Progress, writer: LibraryWriter
) -> Refilled:
    """The same for the spaces in use, which a library that an older program made may lack vectors in: once, and again
    only after the models have changed. What cannot be encoded is tried once as well."""
    if writer.filled(models.each_space()):
        return Refilled()
    done = Refilled()
    if writer.count_items_lacking({channel: models.spaces_for(channel) for channel in Channel}):
        done = refill(library, models, settings=settings, progress=progress, writer=writer)
    if not done.interrupted:
        writer.note_filled(models.each_space())
    return done


class _Refill:
    def __init__(
        self, library: Library, models: ModelSet, settings: Settings, progress: Progress, writer: LibraryWriter
    ) -> None:
        self._library = library
        self._models = models
        self._settings = settings
        self._meter = Meter(progress)
        self._writer = writer
        self._spaces = {channel: models.spaces_for(channel) for channel in Channel}
        self._done = Refilled()

    def run(self) -> Refilled:
        for stage in (Stage.READ, Stage.COMMIT):
            self._meter.expect(stage, self._writer.count_items_lacking(self._spaces))
        spool = TemporaryDirectory(prefix="sensorium-", ignore_cleanup_errors=True)
        with spool as folder, DecodePool(workers=self._settings.workers) as pool:
            files = self._files(pool, Path(folder))
            lanes = Lanes(self._models, self._writer.keys_with_vectors, self._settings.batch_size)
            prepare = _Contents(self._library, self._writer, files, self._spaces).prepare
            steps: Steps[int] = Steps(stop=pool.close, prepare=prepare, lanes=lanes, commit=self._commit)
            flow = Flow(steps, self._meter, workers=self._settings.workers, batch_size=self._settings.batch_size)
            self._done.interrupted = not flow.run(self._writer.items_lacking(self._spaces))
        self._done.lacking = self._writer.count_lacking(self._spaces)
        if not self._done.interrupted:
            self._writer.announce(self._spaces)
            self._library.save_indexes(self._spaces)
        return self._done

    def _files(self, pool: DecodePool, folder: Path) -> Preparer:
        silent = self._settings.model_copy(update={"subtitles": "ignore"})
        around = Around(pool=pool, settings=silent, meter=self._meter, spool=folder, known=lambda _: None)
        return Preparer(around, self._models, listens=False)

    def _commit(self, batches: Sequence[Batch]) -> None:
        encoded = [new for vectors, _ in batches for new in vectors]
        outcomes = [outcome for _, finished in batches for outcome in finished]
        with self._writer.transaction([space for held in self._spaces.values() for space in held]) as write:
            for new in encoded:
                write.put_vectors(new.space, new.keys, new.vectors)
        failures = [failure for outcome in outcomes for failure in outcome.failures]
        self._done.encoded += sum(len(new.keys) for new in encoded)
        self._done.failures += failures
        self._meter.count(Stage.COMMIT, len(outcomes), failed=len(failures))


class _Contents:
    """Gathers what the segments of an item name: from the catalogue, from stills and thumbnails, from its files."""

    def __init__(
        self, library: Library, writer: LibraryWriter, files: Preparer, spaces: Mapping[Channel, Sequence[Space]]
    ) -> None:
        self._library = library
        self._writer = writer
        self._files = files
        self._spaces = spaces

    def prepare(self, item_id: int) -> Outcome:
        """An item with the contents of its segments that lack vectors; what cannot be had is a failure."""
        draft = self._writer.draft_of_item(item_id)
        if draft is None:  # removed meanwhile
            return Outcome(None)
        wanted = self._lacking(draft)
        pixels: dict[str, Pixels | Frame] = dict(self._stills(draft, wanted))
        sounds: dict[str, Samples] = {}
        failures: list[Failure] = []
        for place, medium in enumerate(draft.media):
            keys = {s.key for s in draft.segments if s.medium == place} & (wanted - pixels.keys())
            if not keys:
                continue
            read = self._files.prepare(Unit(str(medium.path), self._library.folder / medium.path, ""))
            failures += read.failures
            if read.prepared is not None:
                pixels |= {key: found for key, found in read.prepared.pixels.items() if key in keys}
                sounds |= {key: found for key, found in read.prepared.sounds.items() if key in keys}
            pixels |= self._thumbnail(medium.content, keys - pixels.keys())
        left = wanted - pixels.keys() - sounds.keys()
        if left and not failures:
            reason = f"{draft.path} is no longer what was indexed. Index it again."
            failures.append(Failure(draft.uri, draft.path, "", reason))
        return Outcome(Prepared(draft, pixels, sounds), tuple(failures) if left else ())

    def _lacking(self, draft: ItemDraft) -> set[str]:
        """Keys of pictures and sounds that lack a vector; texts are in the draft."""
        lacking: set[str] = set()
        for channel in {segment.channel for segment in draft.segments} - set(TEXT_CHANNELS):
            keys = [s.key for s in draft.segments if s.channel is channel and s.key]
            for space in self._spaces[channel]:
                lacking |= set(keys) - self._writer.keys_with_vectors(space, keys)
        return lacking

    def _stills(self, draft: ItemDraft, wanted: set[str]) -> Iterator[tuple[str, Frame]]:
        for segment in draft.segments:
            if segment.channel is Channel.FRAME and segment.key in wanted and segment.medium is not None:
                start_s, end_s = segment.start_s or 0.0, segment.end_s or 0.0
                path = self._library.still_path(draft.media[segment.medium].content, start_s)
                if path.is_file():
                    yield segment.key, Frame(start_s, end_s, path.read_bytes())

    def _thumbnail(self, content: str, keys: set[str]) -> dict[str, Pixels]:
        """The small version of a picture that cannot be read any more: less than the file, and better than nothing."""
        key = f"picture:{content}"
        path = self._library.thumbnail_path(content)
        path = path if path.is_file() else path.with_suffix(".webp")
        if key not in keys or not path.is_file():
            return {}
        from PIL import Image

        try:
            return {key: np.asarray(Image.open(path, formats=["JPEG", "WEBP"]).convert("RGB"))}
        except (OSError, SyntaxError, ValueError):
            return {}
