"""An inverted index of recordings by their landmarks.

All recordings stand one after the other on one time line, so that a posting is a single 32-bit tick: four bytes a
landmark, and twelve for each distinct hash. Hashes are sorted; a look-up is a binary search.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from sensorium.errors import IndexUnreadable
from sensorium.vectors.sealed import write_sealed

from .constellation import Constellation
from .landmarks import landmarks, spread

if TYPE_CHECKING:
    from .landmarks import Hashes, Places

LAST = (1 << 32) - 1
"""The end of a part's time line: 19,000 hours."""
_PAUSE = 64
"""Ticks between two recordings."""
_MERGED_AT_ONCE = 1 << 22
_ALIGNED = 64


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """An index of some recordings, never changed once made.

    `ids` int64[m] are those of the recordings, `starts` and `lengths` uint32[m] their places on the time line and
    their ticks. `hashes` uint32[u] rise; the ticks of the one at i are `postings[ends[i] : ends[i + 1]]`.
    """

    ids: Places
    starts: Hashes
    lengths: Hashes
    hashes: Hashes
    ends: Places
    postings: Hashes

    @property
    def end(self) -> int:
        """Where on the time line the next recording would start."""
        return int(self.starts[-1]) + int(self.lengths[-1]) + _PAUSE if len(self.ids) else 0

    @classmethod
    def of(cls, recordings: Iterable[tuple[int, Constellation]]) -> Part:
        """An index of recordings by id."""
        ids: list[int] = []
        starts: list[int] = []
        lengths: list[int] = []
        hashes: list[Hashes] = [np.empty(0, np.uint32)]
        ticks: list[Hashes] = [np.empty(0, np.uint32)]
        end = 0
        for number, peaks in recordings:
            found = landmarks(peaks)
            ids.append(number)
            starts.append(end)
            lengths.append(int(peaks.ticks[-1]) + 1 if len(peaks) else 1)
            hashes.append(found.hashes)
            ticks.append((found.ticks + end).astype(np.uint32))
            end += lengths[-1] + _PAUSE
        every = np.concatenate(hashes)
        order = np.argsort(every, kind="stable")
        distinct, first = np.unique(every[order], return_index=True)
        return cls(
            np.array(ids, np.int64), np.array(starts, np.uint32), np.array(lengths, np.uint32),
            distinct, np.append(first, len(every)).astype(np.int64), np.concatenate(ticks)[order],
        )  # fmt: skip

    def and_(self, other: Part) -> Part:
        """An index of the recordings of both. Raises `OverflowError` where no time line would hold them."""
        if self.end + other.end > LAST:
            raise OverflowError("More sound than one time line holds.")
        hashes = np.union1d(self.hashes, other.hashes)
        mine, others = self._counts(hashes), other._counts(hashes)
        ends = np.concatenate([[0], np.cumsum(mine + others)])
        postings = np.empty(ends[-1], np.uint32)
        for block in _blocks(ends):
            at = ends[block.start : block.stop]
            postings[spread(at, mine[block])] = self._postings(hashes[block])
            postings[spread(at + mine[block], others[block])] = other._postings(hashes[block]) + np.uint32(self.end)
        return Part(
            np.concatenate([self.ids, other.ids]),
            np.concatenate([self.starts, other.starts + np.uint32(self.end)]),
            np.concatenate([self.lengths, other.lengths]),
            hashes, ends, postings,
        )  # fmt: skip

    def find(self, hashes: Hashes) -> tuple[Places, Places]:
        """Where the postings of each hash begin, and how many they are: int64[n] each."""
        if not len(self.hashes):
            return np.zeros(len(hashes), np.int64), np.zeros(len(hashes), np.int64)
        place = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        starts = self.ends[place]
        return starts, np.where(self.hashes[place] == hashes, self.ends[place + 1] - starts, 0)

    def _counts(self, hashes: Hashes) -> Places:
        return self.find(hashes)[1]

    def _postings(self, hashes: Hashes) -> Hashes:
        return self.postings[spread(*self.find(hashes))]

    def save(self, path: Path) -> None:
        """Replaces the file at `path` at one stroke."""

        def write(draft: Path) -> None:
            with draft.open("wb") as file:
                for column in fields(self):
                    file.write(bytes(-file.tell() % _ALIGNED))
                    np.save(file, getattr(self, column.name), allow_pickle=False)

        write_sealed(path, write)

    @classmethod
    def load(cls, path: Path) -> Part:
        """The index that was saved to `path`, read from there as it is needed. Raises `IndexUnreadable`."""
        try:
            with path.open("rb") as file:
                columns = [_mapped(path, file) for _ in fields(cls)]
            part = cls(*columns)
            whole = len(part.ends) == len(part.hashes) + 1 and part.ends[-1] == len(part.postings)
        except (OSError, ValueError, EOFError, IndexError) as error:
            raise IndexUnreadable(path, f"it holds no index of recordings ({error})") from error
        if not (whole and len(part.ids) == len(part.starts) == len(part.lengths)):
            raise IndexUnreadable(path, "its columns do not fit together")
        return part


def _mapped(path: Path, file: BinaryIO) -> Any:
    """The next array of a file, not read yet; the file is left standing behind it."""
    file.seek(-file.tell() % _ALIGNED, 1)
    np.lib.format.read_magic(file)
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    offset = file.tell()
    file.seek(int(np.prod(shape)) * dtype.itemsize, 1)
    return np.memmap(path, dtype, "r", offset, shape) if all(shape) else np.empty(shape, dtype)


def _blocks(ends: Places) -> Sequence[slice]:
    """Slices of the hashes that have some millions of postings each."""
    cuts = np.searchsorted(ends, np.arange(0, int(ends[-1]), _MERGED_AT_ONCE))
    edges = np.unique([0, *cuts.tolist(), len(ends) - 1]).tolist()
    return [slice(a, b) for a, b in pairwise(edges)]
