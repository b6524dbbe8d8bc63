"""Vector indexes behind one protocol. All give the same ids and scores; they differ in speed and memory.

Names are resolved on use, so that importing this loads neither NumPy nor FAISS.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from sensorium.errors import UnknownName

from .protocol import IndexType, Neighbours, VectorIndex

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "IndexType",
    "Neighbours",
    "VectorIndex",
    "index_names",
    "load_index",
    "make_index",
    "register_index",
]

_TYPES: dict[str, IndexType | str] = {
    "exact": "sensorium.vectors.exact:ExactIndex",
    "faiss": "sensorium.vectors.faiss_index:FaissIndex",
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


def load_index(name: str, path: Path) -> VectorIndex:
    """The index of type `name` that was saved to `path`.

    Raises `IndexUnreadable` for a missing, torn or foreign file (rebuild it from the catalogue), and `UnknownName`.
    """
    return _index_type(name).load(path)


def _index_type(name: str) -> IndexType:
    factory = _TYPES.get(name)
    if factory is None:
        raise UnknownName("vector index", name, _TYPES)
    if isinstance(factory, str):
        module, _, attribute = factory.partition(":")
        factory = cast(IndexType, getattr(import_module(module), attribute))
    return factory
