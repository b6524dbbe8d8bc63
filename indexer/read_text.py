"""The lane that reads text in pictures, film stills and scanned pages, after everything else has been indexed.

It is a lane of its own because it is slow: what it has not come to yet is found by everything but its text. Where it
was stopped, by Ctrl-C or a crash, the next run goes on; and when the packages are installed later, or the reader is
exchanged, it takes up what it finds unread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sensorium.catalogue.drafts import Deciphered, Failure, Inscription, Unread
from sensorium.errors import MediaError
from sensorium.media.decoded import Limits
from sensorium.media.scans import scanned_pages
from sensorium.media.stills import Place
from sensorium.media.workers import DecodePool
from sensorium.models.model_set import ModelSet
from sensorium.models.protocols import TextReader
from sensorium.models.reading import missing_packages
from sensorium.settings import Settings
from sensorium.types import Channel

from .inscriptions import read_frames, read_pages, read_picture
from .lanes import Encoded
from .progress import Meter, Stage, Summary
from .segment import inscription_segments

if TYPE_CHECKING:
    from sensorium.library_writer import LibraryWriter

_AHEAD = 4
"""Files read ahead for each worker."""
_STILLS = 16
"""Stills or pages of one task: few enough to end within the time limit on a slow machine."""
_BATCH = 32
"""Files of one transaction."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What became of one medium. `known` where its content had been read before."""

    medium: Unread
    found: Deciphered
    known: bool = False


def read_texts(
    writer: LibraryWriter, models: ModelSet, settings: Settings, summary: Summary, meter: Meter, *, retry: bool
) -> None:
    """Read every medium that the models' reader of text has not been at. Without a reader, say what is missing.

    With `retry`, what could not be read before is tried again.
    """
    reader = models.text_reader
    if reader is None:
        if settings.ocr == "auto" and missing_packages() and writer.count_unread("") > 0:
            summary.notes.append(
                "Text in pictures was not read: the extra ocr is not installed. Install it with: "
                "pip install 'sensorium[ocr]', or set SENSORIUM_OCR=off to hear no more of it."
            )
        return
    if retry:
        with writer.transaction() as write:
            write.forget_problems()
    lane = _Lane(writer, models, settings, reader)
    waiting = writer.count_unread(lane.reader_id)
    if waiting:
        meter.expect(Stage.OCR, waiting)
        with DecodePool(workers=settings.workers) as pool:
            lane.run(pool, summary, meter)


class _Lane:
    def __init__(self, writer: LibraryWriter, models: ModelSet, settings: Settings, reader: TextReader) -> None:
        self.reader_id = f"{reader.name}-{reader.checksum[:16]}"
        self._writer = writer
        self._models = models
        self._settings = settings
        self._reader = reader
        self._limits = Limits.from_settings(settings)

    def run(self, pool: DecodePool, summary: Summary, meter: Meter) -> None:
        """Read and write batch by batch, until all is read or whoever watches says stop."""
        batch: list[_Read] = []
        for done in self._reads(pool):
            batch.append(done)
            summary.interrupted = meter.stopped()
            if len(batch) == _BATCH or summary.interrupted:
                self._commit(batch, summary, meter)
                batch = []
            if summary.interrupted:
                pool.close()
                return
        self._commit(batch, summary, meter)

    def _reads(self, pool: DecodePool) -> Iterator[_Read]:
        """One for each unread medium, in their order, a few ahead of whoever takes them."""
        waiting: deque[Future[_Read]] = deque()
        threads = ThreadPoolExecutor(2 * self._settings.workers, thread_name_prefix="read-text")
        try:
            for medium in self._writer.unread(self.reader_id):
                waiting.append(threads.submit(self._read, pool, medium))
                if len(waiting) > _AHEAD * self._settings.workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def _read(self, pool: DecodePool, medium: Unread) -> _Read:
        known = self._writer.deciphered(medium.content, self.reader_id)
        if known is not None:
            return _Read(medium, known, known=True)
        try:
            return _Read(medium, Deciphered(tuple(self._inscriptions(pool, medium))))
        except MediaError as error:
            return _Read(medium, Deciphered(problem=f"its text could not be read: {error}"))

    def _inscriptions(self, pool: DecodePool, medium: Unread) -> Iterator[Inscription]:
        timeout_s = self._settings.decode_timeout_s
        common = medium.path, self._limits, self._reader
        if medium.mime == "application/pdf":
            scans = pool.submit(scanned_pages, medium.path, self._limits, timeout_s=timeout_s).result()
            for pages in _slices(scans):
                yield from pool.submit(read_pages, *common, pages, timeout_s=timeout_s).result()
        elif medium.spans:
            places = [Place(start_s, end_s) for start_s, end_s in medium.spans]
            for some in _slices(places):
                yield from pool.submit(read_frames, *common, some, timeout_s=timeout_s).result()
        elif medium.mime.startswith("image/"):
            yield from pool.submit(read_picture, *common, timeout_s=timeout_s).result()

    def _commit(self, batch: Sequence[_Read], summary: Summary, meter: Meter) -> None:
        segments = [inscription_segments(done.found.inscriptions) for done in batch]
        texts = {segment.key: segment.text or "" for found in segments for segment in found}
        encoded = self._encode(texts)
        spaces = self._models.spaces_for(Channel.OCR)
        with self._writer.transaction(spaces) as write:
            for new in encoded:
                write.put_vectors(new.space, new.keys, new.vectors)
            for done, drafts in zip(batch, segments, strict=True):
                if not done.known:
                    write.put_deciphered(done.medium.content, self.reader_id, done.found)
                write.put_reading(done.medium, self.reader_id, drafts, spaces)
        failures = [_failure(done) for done in batch if done.found.problem]
        summary.read += len(batch)
        summary.inscribed += sum(map(bool, segments))
        summary.encoded += sum(len(new.keys) for new in encoded)
        summary.failures += failures
        meter.count(Stage.OCR, len(batch), failed=len(failures))

    def _encode(self, texts: dict[str, str]) -> list[Encoded]:
        """The vectors that the texts, each under its key, lack."""
        done = []
        for space in self._models.spaces_for(Channel.OCR) if texts else ():
            held = self._writer.keys_with_vectors(space, tuple(texts))
            keys = tuple(key for key in texts if key not in held)
            if keys:
                vectors = self._models.text_encoder_for(space).encode_texts([texts[key] for key in keys])
                done.append(Encoded(space, keys, vectors))
        return done


def _failure(done: _Read) -> Failure:
    return Failure(f"{done.medium.path}#text", done.medium.path, "", done.found.problem)


def _slices(places: Sequence[Place] | Sequence[int]) -> Iterable[tuple[Place | int, ...]]:
    for start in range(0, len(places), _STILLS):
        yield tuple(places[start : start + _STILLS])
