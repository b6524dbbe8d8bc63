"""Reads units ahead of the encoder: decoding and transcribing run in worker processes, a few units at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sensorium.catalogue.drafts import Failure
from sensorium.errors import MediaError
from sensorium.media.decoded import Film, Limits, Product, Sound
from sensorium.media.workers import DecodePool
from sensorium.models.protocols import Transcriber, Utterance
from sensorium.settings import Settings
from sensorium.types import SAMPLE_RATE

from .read import Reading, read_medium
from .scan import Unit
from .segment import Prepared, prepare_file, prepare_product

if TYPE_CHECKING:
    from sensorium.types import Samples

SHORTER_PX = 320
"""Pictures are decoded at least this large: enough for a sharp thumbnail, more if the model sees more."""
AHEAD = 8
"""Units read ahead for each worker. Bounds memory: a decoded picture is about half a megabyte."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one unit: an item ready to be encoded, and what could not be read on the way."""

    prepared: Prepared | None
    failures: tuple[Failure, ...] = ()


class Preparer:
    """Prepares units in order, never more than a few ahead of whoever takes them."""

    def __init__(self, pool: DecodePool, settings: Settings, transcriber: Transcriber | None, input_px: int) -> None:
        self._pool = pool
        self._settings = settings
        self._limits = Limits.from_settings(settings)
        self._transcriber = transcriber
        self._shorter_px = max(SHORTER_PX, input_px)

    def outcomes(self, units: Iterable[Unit]) -> Iterator[Outcome]:
        """One outcome for each unit, in their order."""
        waiting: deque[Future[Outcome]] = deque()
        threads = ThreadPoolExecutor(self._settings.workers, thread_name_prefix="prepare")
        try:
            for unit in units:
                waiting.append(threads.submit(self._prepare, unit))
                if len(waiting) > AHEAD * self._settings.workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def _prepare(self, unit: Unit) -> Outcome:
        try:
            return self._prepare_product(unit, unit.product) if unit.product else self._prepare_file(unit)
        except MediaError as error:
            return Outcome(None, (Failure(unit.uri, unit.path, unit.fingerprint, str(error)),))

    def _prepare_file(self, unit: Unit) -> Outcome:
        reading = self._read(unit.path)
        speech = self._transcribe(reading)
        return Outcome(prepare_file(unit, reading, speech))

    def _prepare_product(self, unit: Unit, product: Product) -> Outcome:
        """A product is worth having even when one of its pictures is not."""
        readings: list[Reading] = []
        failures: list[Failure] = []
        for path in product.media:
            try:
                readings.append(self._read(path))
            except MediaError as error:
                failures.append(Failure(str(path), path, unit.fingerprint, str(error)))
        return Outcome(prepare_product(unit, product, readings), tuple(failures))

    def _read(self, path: Path) -> Reading:
        future = self._pool.submit(
            read_medium, path, self._limits, self._shorter_px, timeout_s=self._settings.decode_timeout_s
        )
        return future.result()

    def _transcribe(self, reading: Reading) -> tuple[Utterance, ...]:
        """What is said in a file, in a worker process where the transcriber can run in one."""
        samples = _samples(reading)
        if samples is None or self._transcriber is None:
            return ()
        if not self._transcriber.runs_in_worker:
            return self._transcriber.transcribe(samples)
        seconds = len(samples) / SAMPLE_RATE
        future = self._pool.submit(
            transcribe,
            reading.path,
            self._transcriber,
            samples,
            timeout_s=self._settings.decode_timeout_s + 10 * seconds,
        )
        return future.result()


def _samples(reading: Reading) -> Samples | None:
    match reading.decoded:
        case Sound(samples=samples):
            return samples
        case Film(sound=samples):
            return samples
    return None


def transcribe(_path: Path, transcriber: Transcriber, samples: Samples) -> tuple[Utterance, ...]:
    """What a worker process runs; the path is what its errors name."""
    return transcriber.transcribe(samples)
