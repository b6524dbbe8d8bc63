"""Vectors that stay in their file: a few are fetched at a time, whole blocks are read through, none are kept."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from .protocol import Ids

    Halves = npt.NDArray[np.float16]


class StoredRows:
    """float16[n, d] in a file, read by slices and by lists of places like an array. Threads may share one."""

    dtype: np.dtype[Any] = np.dtype("<f2")

    def __init__(self, path: Path, at: int, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._file = path.open("rb")  # kept open: a file that is replaced meanwhile stays readable
        self._at = at
        self._mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        self._advise("MADV_RANDOM")  # a row is less than a page: its neighbours need not be read with it
        end = at + shape[0] * shape[1] * self.dtype.itemsize
        self._all: Halves = np.frombuffer(memoryview(self._mapped)[at:end], self.dtype).reshape(shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, which: slice | Ids) -> Halves:
        """Rows from one place to another are read, as a scan wants them; single ones are mapped."""
        if isinstance(which, slice):
            start, stop, _ = which.indices(len(self))
            return self._read(start, max(start, stop))
        rows: Halves = self._all[which]
        return rows

    def _read(self, start: int, stop: int) -> Halves:
        if not hasattr(os, "preadv"):  # Windows
            return self._all[start:stop]
        rows: Halves = np.empty((stop - start, self.shape[1]), self.dtype)
        left, at = memoryview(rows.data).cast("B"), self._at + start * self._all.strides[0]
        while left:
            done = os.preadv(self._file.fileno(), [left], at)
            if not done:
                raise OSError(f"{self._file.name} ends too early.")
            left, at = left[done:], at + done
        return rows

    def _advise(self, advice: str) -> None:
        if hasattr(mmap, advice):  # not on Windows
            self._mapped.madvise(getattr(mmap, advice))
