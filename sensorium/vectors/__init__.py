"""Vector indexes behind one protocol. All give the same scores; they differ in speed, memory and what they may miss.

Names are resolved on use, so that importing this loads neither NumPy nor FAISS.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from sensorium.errors import UnknownName

from .protocol import Buildable, IndexType, Neighbours, Roomy, VectorIndex

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .protocol import Batch, Report

__all__ = [
    "IndexType",
    "Neighbours",
    "VectorIndex",
    "build_index",
    "index_names",
    "load_index",
    "make_index",
    "register_index",
]

_TYPES: dict[str, IndexType | str] = {
    "exact": "sensorium.vectors.exact:ExactIndex",
    "faiss": "sensorium.vectors.faiss_index:FaissIndex",
    "hnsw": "sensorium.vectors.trained:HNSW",
    "ivf-pq": "sensorium.vectors.trained:IVF_PQ",
    "ivf-rabitq": "sensorium.vectors.trained:IVF_RABITQ",
    "ivf-sq8": "sensorium.vectors.trained:IVF_SQ8",
}


def register_index(name: str, factory: IndexType | str) -> None:
    """Makes an index known under `name`, replacing one of that name.

    `factory` is a class that takes the dimension and has `load(path)`, or where to find one: `"module:Class"`.
    """
    _TYPES[name] = factory


def index_names() -> tuple[str, ...]:
    """The names that `make_index` and `load_index` take, sorted."""
    return tuple(sorted(_TYPES))


def make_index(name: str, dimension: int) -> VectorIndex:
    """An empty index. Raises `UnknownName`."""
    return _index_type(name)(dimension)


def load_index(name: str, path: Path, *, checked: bool = False) -> VectorIndex:
    """The index of type `name` that was saved to `path`; with `checked` the file is known to be whole.

    Raises `IndexUnreadable` for a missing, torn or foreign file (rebuild it from the catalogue), and `UnknownName`.
    """
    return _index_type(name).load(path, checked=checked)


def build_index(
    name: str, path: Path, batches: Iterable[Batch], *, dimension: int, recall: float, count: int = 0,
    report: Report | None = None,
) -> None:  # fmt: skip
    """Write an index of all `batches`, whose ids rise, to `path`. Trained ones need no memory for the vectors.

    A trained index is tuned to the `recall` asked for. `count` says how many there are, where that is
    known. `report` is told what is done and how far it is.
    """
    kind = _index_type(name)
    if isinstance(kind, Buildable):
        kind.build(path, dimension, batches, recall=recall, report=report or _silent)
        return
    index = kind(dimension)
    if isinstance(index, Roomy):
        index.make_room(count)
    for ids, rows in batches:
        index.add(ids, rows)
    index.save(path)


def _silent(_step: str, _done: int, _of: int) -> None:
    """Nobody watches."""


def _index_type(name: str) -> IndexType:
    factory = _TYPES.get(name)
    if factory is None:
        raise UnknownName("vector index", name, _TYPES)
    if isinstance(factory, str):
        module, _, attribute = factory.partition(":")
        factory = cast(IndexType, getattr(import_module(module), attribute))
    return factory
