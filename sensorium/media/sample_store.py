"""Samples of a sound track as they come: in memory at first, from some minutes on in a file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sensorium.types import SAMPLE_RATE

if TYPE_CHECKING:
    from sensorium.types import Samples

_IN_MEMORY = 120 * SAMPLE_RATE
"""Samples held in memory at most: 4 MB."""
SUFFIX = ".s16"


class SampleStore:
    """Grows by `add`; `finish` gives everything. An hour of sound takes 115 MB."""

    def __init__(self, folder: Path | None) -> None:
        """Long sounds go into a file in `folder`, which whoever takes the samples removes; None keeps all in memory."""
        self._folder = folder
        self._file: Path | None = None
        self._chunks: list[Samples] = []
        self._held = 0
        self.length = 0

    def add(self, samples: Samples) -> None:
        self._chunks.append(samples)
        self._held += len(samples)
        self.length += len(samples)
        if self._folder is not None and self._held > _IN_MEMORY:
            self._spill(self._folder)

    def finish(self) -> Samples:
        """All samples, int16[n]; of a long sound mapped from its file."""
        if self._file is None or self._folder is None:
            return np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.int16)
        self._spill(self._folder)
        return np.memmap(self._file, np.int16, mode="r")

    def _spill(self, folder: Path) -> None:
        if self._file is None:
            handle, name = tempfile.mkstemp(suffix=SUFFIX, dir=folder)
            os.close(handle)
            self._file = Path(name)
        if self._chunks:
            with self._file.open("ab") as file:
                np.concatenate(self._chunks).tofile(file)
        self._chunks, self._held = [], 0
