"""One file with a trained index, the vectors it stands for and what is known of it; opened without being read.

    FAISS's own file · padding · ids int64[n], rising · rows float16[n, d] · a line of JSON · its length · the seal

FAISS reads the first part as it would any file of its own, mapped into memory; the ids and rows are mapped too. So
opening takes a moment however large the file is, and processes that read it share its pages.
"""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from sensorium.errors import IndexUnreadable

from .recipes import RECIPES
from .sealed import SEAL_BYTES, check_seal, write_sealed
from .stored_rows import StoredRows

if TYPE_CHECKING:
    from sensorium.types import Matrix

    from .protocol import Ids

_LENGTH = struct.Struct("<Q")
_ALIGNED = 64
_COPIED_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds. `trained` is FAISS's index, None where there were too few vectors to train one."""

    trained: Any
    ids: Ids
    rows: StoredRows
    note: Mapping[str, Any]


class RowsDraft:
    """Ids and rows on disk while a file is being made, so that building needs no memory for them."""

    def __init__(self, folder: Path, name: str, dimension: int) -> None:
        self._ids_path, self._rows_path = folder / f".{name}.ids.part", folder / f".{name}.rows.part"
        self.dimension = dimension
        self.count = 0

    def write(self, batches: Iterable[tuple[Ids, Matrix]]) -> None:
        """Take all batches, whose ids rise."""
        with self._ids_path.open("wb") as ids_file, self._rows_path.open("wb") as rows_file:
            for ids, rows in batches:
                ids.astype("<i8", copy=False).tofile(ids_file)
                rows.astype("<f2", copy=False).tofile(rows_file)
                self.count += len(ids)

    def opened(self) -> tuple[Ids, StoredRows]:
        """int64[n] and float16[n, d], in their files."""
        ids: Ids = np.memmap(self._ids_path, "<i8", "r") if self.count else np.empty(0, np.int64)
        return ids, StoredRows(self._rows_path, 0, (self.count, self.dimension))

    def append_to(self, file: BinaryIO) -> None:
        for path in (self._ids_path, self._rows_path):
            with path.open("rb") as part:
                shutil.copyfileobj(part, file, _COPIED_AT_ONCE)

    def drop(self) -> None:
        self._ids_path.unlink(missing_ok=True)
        self._rows_path.unlink(missing_ok=True)


def write_contents(path: Path, trained: Any, draft: RowsDraft, note: Mapping[str, Any]) -> None:
    """Replace the file at `path` at one stroke. `trained` is FAISS's index, or None."""
    import faiss

    def write(target: Path) -> None:
        if trained is not None:
            faiss.write_index(trained, str(target))
        with target.open("ab") as file:
            file.write(bytes(-file.tell() % _ALIGNED))
            start = file.tell()
            draft.append_to(file)
            shape = {"at": start, "count": draft.count, "dimension": draft.dimension, "trained": trained is not None}
            line = json.dumps(shape | dict(note)).encode()
            file.write(line + _LENGTH.pack(len(line)))

    write_sealed(path, write)


def read_contents(path: Path, kind: str, *, checked: bool) -> Contents:
    """Open a file. With `checked` its seal is known to be whole. Raises `IndexUnreadable`."""
    import faiss

    if not checked:
        check_seal(path)
    try:
        note = _note(path)
        if note["kind"] != kind:
            raise IndexUnreadable(path, f"it holds an index of the kind {note['kind']}, not {kind}")
        count, dimension, at = note["count"], note["dimension"], note["at"]
        ids: Ids = np.empty(0, np.int64)
        if count:
            ids = np.memmap(path, "<i8", "r", at, (count,))
        rows = StoredRows(path, at + 8 * count, (count, dimension))
        trained = faiss.read_index(str(path), _mapping(kind)) if note["trained"] else None
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, struct.error) as error:
        if isinstance(error, IndexUnreadable):
            raise
        raise IndexUnreadable(path, f"it holds no trained index ({error})") from error
    return Contents(trained, ids, rows, note)


def _mapping(kind: str) -> int:
    """FAISS's flag for mapping: it has one for inverted lists, and in later versions one for graphs."""
    import faiss

    return int(faiss.IO_FLAG_MMAP if RECIPES[kind].lists else getattr(faiss, "IO_FLAG_MMAP_IFC", 0))


def _note(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        file.seek(-SEAL_BYTES - _LENGTH.size, 2)
        end = file.tell()
        (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
        if not 0 < length <= end:
            raise ValueError("its note is not where it should be")
        file.seek(end - length)
        note: dict[str, Any] = json.loads(file.read(length))
        return note
