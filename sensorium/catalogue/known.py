"""What indexing compares with: everything the library knows already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from sensorium.types import Kind

from .drafts import Failure
from .rows import chunks
from .schema import FailureRow, ItemRow, MediumRow, VectorRow


@dataclass(frozen=True, slots=True)
class Known:
    """Something the library has read, or has tried to (`reason` says why it could not)."""

    path: str
    fingerprint: str
    reason: str | None = None

    def as_failure(self, uri: str) -> Failure:
        """What is known of a thing that could not be read."""
        return Failure(uri, Path(self.path), self.fingerprint, self.reason or "")


def known(connection: Connection) -> dict[str, Known]:
    """Everything known, by uri."""
    read = connection.execute(select(ItemRow.uri, ItemRow.path, ItemRow.fingerprint))
    failed = connection.execute(select(FailureRow.uri, FailureRow.path, FailureRow.fingerprint, FailureRow.reason))
    return {uri: Known(*rest) for uri, *rest in (*read, *failed)}


def product_media(connection: Connection) -> frozenset[str]:
    """Paths of all media that belong to products."""
    query = select(MediumRow.path).join(ItemRow, ItemRow.id == MediumRow.item_id).where(ItemRow.kind == Kind.PRODUCT)
    return frozenset(connection.scalars(query))


def keys_with_vectors(connection: Connection, space_id: int, keys: Iterable[str]) -> set[str]:
    """Those of `keys` that have an encoding in the space already."""
    found: set[str] = set()
    for chunk in chunks(keys):
        query = select(VectorRow.key).where(VectorRow.space_id == space_id, VectorRow.key.in_(chunk))
        found.update(connection.scalars(query))
    return found
