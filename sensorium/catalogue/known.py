"""What indexing compares with: everything the library knows already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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


def known(connection: Connection, uris: Iterable[str]) -> dict[str, Known]:
    """Those of `uris` that have been read or tried; what could not be read comes with the reason."""
    found: dict[str, Known] = {}
    for chunk in chunks(uris):
        read = select(ItemRow.uri, ItemRow.path, ItemRow.fingerprint).where(ItemRow.uri.in_(chunk))
        found |= {uri: Known(*rest) for uri, *rest in connection.execute(read)}
        failed = select(FailureRow.uri, FailureRow.path, FailureRow.fingerprint, FailureRow.reason)
        found |= {uri: Known(*rest) for uri, *rest in connection.execute(failed.where(FailureRow.uri.in_(chunk)))}
    return found


def everything(connection: Connection) -> Iterator[tuple[str, Known]]:
    """Everything that has been read or tried, with its uri, a few thousand at a time: there may be millions."""
    read = select(ItemRow.uri, ItemRow.path, ItemRow.fingerprint)
    failed = select(FailureRow.uri, FailureRow.path, FailureRow.fingerprint, FailureRow.reason)
    for query in (read, failed):
        for uri, *rest in connection.execution_options(yield_per=5000).execute(query):
            yield uri, Known(*rest)


def failed(connection: Connection) -> Iterator[Failure]:
    """Everything that could not be read, in order of the uris."""
    query = select(FailureRow.uri, FailureRow.path, FailureRow.fingerprint, FailureRow.reason).order_by(FailureRow.uri)
    for uri, path, fingerprint, reason in connection.execution_options(yield_per=5000).execute(query):
        yield Failure(uri, Path(path), fingerprint, reason)


def contents(connection: Connection, uris: Iterable[str]) -> dict[str, str]:
    """uri → sha256 of those among `uris` that are items of one file."""
    found: dict[str, str] = {}
    for chunk in chunks(uris):
        query = select(ItemRow.uri, MediumRow.content).join(MediumRow, MediumRow.item_id == ItemRow.id)
        of_files = query.where(ItemRow.uri.in_(chunk), ItemRow.kind != Kind.PRODUCT)
        found |= {row.uri: row.content for row in connection.execute(of_files)}
    return found


def product_media(connection: Connection) -> Iterator[str]:
    """Paths of all media that belong to products, a few thousand at a time."""
    query = select(MediumRow.path).join(ItemRow, ItemRow.id == MediumRow.item_id).where(ItemRow.kind == Kind.PRODUCT)
    yield from connection.execution_options(yield_per=5000).scalars(query)


def keys_with_vectors(connection: Connection, space_id: int, keys: Iterable[str]) -> set[str]:
    """Those of `keys` that have an encoding in the space already."""
    found: set[str] = set()
    for chunk in chunks(keys):
        query = select(VectorRow.key).where(VectorRow.space_id == space_id, VectorRow.key.in_(chunk))
        found.update(connection.scalars(query))
    return found
