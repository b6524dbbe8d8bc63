"""How long sound tracks come back from worker processes: in files, and mapped from there; not through a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sensorium.media.decoded import Decoded, Film, Sound

from .read import How, Reading, read_medium

if TYPE_CHECKING:
    from sensorium.types import Samples


def read_packed(path: Path, how: How, beside: Sequence[Path]) -> Reading:
    """In the worker: what `read_medium` gives, ready to be sent.

    It stands apart from what the parent alone needs: without the database a worker starts in a third of the time.
    """
    return packed(read_medium(path, how, beside))


def samples_of(decoded: Decoded) -> Samples | None:
    """The sound of a recording or a film; None for what has none."""
    match decoded:
        case Sound(samples=samples) | Film(sound=samples):
            return samples
    return None


def packed(reading: Reading) -> Reading:
    """In the worker: without its samples where those lie in a file, whose path takes their place."""
    samples = samples_of(reading.decoded)
    if not isinstance(samples, np.memmap) or samples.filename is None:
        return reading
    empty = np.zeros(0, np.int16)
    return replace(reading, decoded=_with_samples(reading.decoded, empty), stored=Path(samples.filename))


def unpacked(reading: Reading) -> Reading:
    """In the parent: with its samples, mapped from their file, which is gone when nobody holds them any more."""
    if reading.stored is None:
        return reading
    samples = np.asarray(np.memmap(reading.stored, np.int16, mode="r"))
    with suppress(OSError):  # where a mapped file cannot be removed, its folder is, at the end of the run
        reading.stored.unlink()
    return replace(reading, decoded=_with_samples(reading.decoded, samples), stored=None)


def _with_samples(decoded: Decoded, samples: Samples) -> Decoded:
    match decoded:
        case Sound():
            return replace(decoded, samples=samples)
        case Film():
            return replace(decoded, sound=samples)
    return decoded
