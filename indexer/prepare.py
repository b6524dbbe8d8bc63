"""Reads units: decoding and transcribing run in worker processes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sensorium.catalogue.drafts import Failure
from sensorium.errors import MediaError
from sensorium.media.decoded import DECODED_PX, Film, Limits, Product, Sound
from sensorium.media.workers import DecodePool
from sensorium.models.model_set import ModelSet
from sensorium.models.protocols import Transcriber, Utterance
from sensorium.settings import Settings
from sensorium.types import SAMPLE_RATE

from .read import How, Reading, read_medium
from .scan import Unit
from .segment import Prepared, prepare_file, prepare_product

if TYPE_CHECKING:
    from sensorium.types import Samples


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one unit: an item ready to be encoded, and what could not be read on the way."""

    prepared: Prepared | None
    failures: tuple[Failure, ...] = ()

    def without_contents(self) -> Outcome:
        """The same, holding no pictures and sounds in memory."""
        return Outcome(None if self.prepared is None else Prepared(self.prepared.draft), self.failures)

    @property
    def weight(self) -> int:
        """How much it holds in memory, in pictures, roughly."""
        return 1 if self.prepared is None else max(1, len(self.prepared.pixels) + len(self.prepared.sounds))


class Preparer:
    """Prepares units, one in each thread that asks for it."""

    def __init__(self, pool: DecodePool, settings: Settings, models: ModelSet) -> None:
        self._pool = pool
        self._settings = settings
        self._transcriber: Transcriber | None = models.transcriber
        self._here = threading.Lock()  # a transcriber that runs in this process hears one sound at a time
        shorter_px = max(DECODED_PX, models.pictures.input_px)
        self._how = How(Limits.from_settings(settings), shorter_px, models.pictures.view)

    def prepare(self, unit: Unit) -> Outcome:
        """Read a unit, in worker processes. What cannot be read is a failure of the outcome."""
        try:
            return self._prepare_product(unit, unit.product) if unit.product else self._prepare_file(unit)
        except MediaError as error:
            return Outcome(None, (Failure(unit.uri, unit.path, unit.fingerprint, str(error)),))

    def _prepare_file(self, unit: Unit) -> Outcome:
        reading = self._read(unit.path, unit.beside if self._settings.subtitles != "ignore" else ())
        return Outcome(prepare_file(unit, reading, self._voices(reading)))

    def _voices(self, reading: Reading) -> list[Sequence[Utterance]]:
        """What is said in a file, by its subtitles and by ear: one sequence for each, where it says anything."""
        written = [] if self._settings.subtitles == "ignore" else [each.utterances for each in reading.subtitles]
        heard = () if written and self._settings.subtitles == "instead" else self._transcribe(reading)
        return [*written, *([heard] if heard else [])]

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

    def _read(self, path: Path, beside: Sequence[Path] = ()) -> Reading:
        future = self._pool.submit(read_medium, path, self._how, beside, timeout_s=self._settings.decode_timeout_s)
        return future.result()

    def _transcribe(self, reading: Reading) -> tuple[Utterance, ...]:
        """What is said in a file, in a worker process where the transcriber can run in one."""
        samples = _samples(reading)
        if samples is None or self._transcriber is None:
            return ()
        if not self._transcriber.runs_in_worker:
            with self._here:
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
