"""Writes a library: scan → read → segment → encode → commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .pipeline import index

__all__ = ["index"]


def __getattr__(name: str) -> Any:
    """Loaded when asked for: the decoding processes import parts of this package, and none of the database."""
    if name == "index":
        from .pipeline import index

        return index
    raise AttributeError(name)
