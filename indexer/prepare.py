"""Reads units: decoding and transcribing run in worker processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sensorium.catalogue.drafts import Failure, ItemDraft, picture_uri
from sensorium.errors import MediaError
from sensorium.media.decoded import DECODED_PX, Limits, Product
from sensorium.media.workers import DecodePool
from sensorium.models.hearing import Hearing
from sensorium.models.model_set import ModelSet
from sensorium.models.protocols import Transcriber
from sensorium.settings import Settings
from sensorium.types import SAMPLE_RATE

from .link import Kept
from .outcome import Outcome
from .product_item import Shown, prepare_product
from .progress import Meter
from .read import How, Reading, sha256_of
from .scan import Unit
from .segment import Said, prepare_copy, prepare_file
from .spool import read_packed, samples_of, unpacked
from .tiles import tile_share

SECONDS_PER_MB = 3.0
"""A megabyte is a second or two of a film in high resolution; where every frame must be decoded, that takes as long."""


KnownDraft = Callable[[str], ItemDraft | None]
"""The item of one file of a sha256 that nothing must be decoded for, if there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What preparing needs of the run that it is part of. Long sound tracks are held in files in the folder `spool`."""

    pool: DecodePool
    settings: Settings
    meter: Meter
    spool: Path
    known: KnownDraft


class Preparer:
    """Prepares units, one in each thread that asks for it."""

    def __init__(self, around: Around, models: ModelSet, *, listens: bool = True) -> None:
        """`listens` says whether what is said is wanted."""
        settings = around.settings
        self._pool = around.pool
        self._settings = settings
        self._hearing = _hearing(models.transcriber, around.pool, settings) if listens else None
        self._hears = models.sound is not None
        self._meter = around.meter
        self._known = around.known
        limits = Limits.from_settings(settings, spool=around.spool)
        shorter_px = max(DECODED_PX, round(models.pictures.input_px / tile_share(max(1, settings.tiles))))
        self._how = How(limits, shorter_px, models.pictures.view, settings.tiles, settings.personal_tags)

    def prepare(self, unit: Unit) -> Outcome:
        """Read a unit, in worker processes. What cannot be read is a failure of the outcome."""
        try:
            return self._prepare_product(unit, unit.product) if unit.product else self._prepare_file(unit)
        except MediaError as error:
            reason = str(error)
            if unit.link is not None:  # where it lies in the library is nobody's concern
                reason = reason.replace(str(unit.file), unit.uri)
            return Outcome(None, (Failure(unit.uri, unit.path, unit.fingerprint, reason),))

    def _prepare_file(self, unit: Unit) -> Outcome:
        known = self._known_as(unit)
        if known is not None:
            return Outcome(prepare_copy(known, unit), known=True)
        reading = self._read(unit.file, unit.beside if self._settings.subtitles != "ignore" else ())
        return Outcome(prepare_file(unit, reading, self._said(reading), hears=self._hears))

    def _said(self, reading: Reading) -> Said:
        """What is said in a file, by its subtitles and by ear."""
        written = () if self._settings.subtitles == "ignore" else tuple(s.utterances for s in reading.subtitles)
        samples = samples_of(reading.decoded)
        if samples is None or self._hearing is None or (written and self._settings.subtitles == "instead"):
            return Said(written)
        with self._meter.inside(reading.path, len(samples) / SAMPLE_RATE) as told:
            heard = self._hearing.hear(reading.path, samples, told=told)
        return Said((*written, heard.utterances), heard.problems)

    def _known_as(self, unit: Unit) -> ItemDraft | None:
        """The item, here or vanished, that a file has the content of; None where it must be decoded."""
        if unit.beside or not (unit.content or unit.twin):
            return None
        content = unit.content
        if not content:
            content = self._pool.submit(sha256_of, unit.path, timeout_s=self._settings.decode_timeout_s).result()
        known = self._known(content)
        # What a text is, its name says: the same bytes may be plain text or Markdown
        return known if known is not None and known.path.suffix.lower() == unit.path.suffix.lower() else None

    def _prepare_product(self, unit: Unit, product: Product) -> Outcome:
        """A product is worth having even when one of its pictures is not."""
        files: list[Reading] = []
        failures: list[Failure] = []
        for path in product.media:
            try:
                files.append(self._read(path))
            except MediaError as error:
                failures.append(Failure(str(path), path, unit.fingerprint, str(error)))
        web, unread = self._from_the_web(unit, failures)
        unfetched = any(not picture.asked and picture.record is None for picture in unit.pictures)
        shown = Shown(files, web, unread, unfetched)
        return Outcome(prepare_product(unit, product, shown), tuple(failures))

    def _from_the_web(self, unit: Unit, failures: list[Failure]) -> tuple[list[Reading | Kept], list[str]]:
        """The pictures of a product that are there, and the addresses of the others."""
        found: list[Reading | Kept] = []
        unread: list[str] = []
        for picture in unit.pictures:
            if picture.file is not None and picture.record is not None:
                try:
                    found.append(self._read(picture.file))
                    continue
                except MediaError as error:
                    reason = str(error).replace(str(picture.file), picture.url)
                    uri = picture_uri(unit.uri, picture.url)
                    came = picture.record.fingerprint if picture.file.is_file() else ""  # gone: have it again
                    failures.append(Failure(uri, unit.path, came, reason, kept=True))
            elif picture.kept is not None:
                found.append(picture.kept)
                continue
            unread.append(picture.url)
        return found, unread

    def _read(self, path: Path, beside: Sequence[Path] = ()) -> Reading:
        limit_s = time_limit_s(path, self._settings)
        return unpacked(self._pool.submit(read_packed, path, self._how, beside, timeout_s=limit_s).result())


def time_limit_s(path: Path, settings: Settings) -> float:
    """How long a file may take to decode: as the settings say, and some seconds more for each of its megabytes.

    The size is what a file cannot lie about; a length that a header states it can.
    """
    try:
        size_mb = path.stat().st_size / 1e6
    except OSError:
        size_mb = 0.0  # the decoder says what is wrong
    return settings.decode_timeout_s + SECONDS_PER_MB * size_mb


def _hearing(transcriber: Transcriber | None, pool: DecodePool, settings: Settings) -> Hearing | None:
    if transcriber is None:
        return None
    return Hearing(transcriber, pool, workers=settings.workers, timeout_s=settings.decode_timeout_s)
