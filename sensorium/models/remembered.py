"""What encoders make of things that are the same for every library, kept on the machine: it is computed once."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sensorium.types import Space

if TYPE_CHECKING:
    from sensorium.types import Matrix

T = TypeVar("T")

CHECKED = 4
"""Rows that are computed again before the others are believed: the weights may be the same, and the way to them not."""
_SAME = 0.999
"""Cosine of a row and itself, kept in half precision and computed on another device."""


class Remembered:
    """Rows by what they are of and the spaces they are in. Without a `folder`, everything is computed each time.

    A folder that cannot be written to, or a file in it that cannot be read, costs time and nothing else.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def rows(
        self,
        name: str,
        spaces: Sequence[Space],
        count: int,
        *,
        draw: Callable[[int], Sequence[T]],
        encode: Callable[[Sequence[T]], Matrix],
    ) -> Matrix:
        """float32[count, d]: what `encode` makes of the first `count` things that `draw` gives, always the same ones.

        `d` is the sum of the dimensions of `spaces`.
        """
        path = self._path(name, spaces, count)
        held = None if path is None else _read(path, (count, sum(space.dimension for space in spaces)))
        if held is not None and _agree(held[:CHECKED], encode(draw(min(CHECKED, count)))):
            return held
        made = encode(draw(count))
        if path is not None:
            _write(path, made)
        return made

    def _path(self, name: str, spaces: Sequence[Space], count: int) -> Path | None:
        if self._folder is None:
            return None
        written = "\n".join(f"{space.name} {space.checksum}" for space in spaces)
        return self._folder / f"{name}-{count}-{hashlib.sha256(written.encode()).hexdigest()[:16]}.npy"


def user_cache() -> Path | None:
    """The folder for what a program can compute again (XDG Base Directory Specification); None for a user without a
    home, as in a container that is run under any number."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sensorium"
    except RuntimeError:
        return None


def _agree(held: Matrix, made: Matrix) -> bool:
    import numpy as np

    lengths = np.linalg.norm(held, axis=1) * np.linalg.norm(made, axis=1)
    return bool(np.all((held * made).sum(axis=1) >= _SAME * lengths))


def _read(path: Path, shape: tuple[int, int]) -> Matrix | None:
    import numpy as np

    try:
        with path.open("rb") as file:
            held: Any = np.lib.format.read_array(file, allow_pickle=False)
    except Exception:  # of a damaged header NumPy tells by whatever Python says of it as a program
        return None
    return held.astype(np.float32) if held.shape == shape and held.dtype == np.float16 else None


def _write(path: Path, rows: Matrix) -> None:
    """Whole or not at all: another process may be at it."""
    import numpy as np

    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            part = Path(file.name)
            np.save(file, rows.astype(np.float16))
        part.replace(path)
    except OSError:
        if part is not None:
            with suppress(OSError):
                part.unlink()
