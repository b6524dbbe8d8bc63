"""What has been fetched from the web: under which address, what it was, and where its bytes are held."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    delete,
    exists,
    func,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from .drafts import OF_PICTURE, FetchRecord
from .places import FETCHED
from .rows import chunks
from .schema import REMOVED_ITEM, REMOVED_MEDIUM, FailureRow, FetchedRow, ItemRow, MediumRow


def records(connection: Connection, urls: Iterable[str]) -> dict[str, FetchRecord]:
    """Of those of `urls` that have been fetched."""
    table = FetchedRow.__table__
    found: dict[str, FetchRecord] = {}
    for chunk in chunks(urls):
        for row in connection.execute(select(table).where(table.c.url.in_(chunk))):
            found[row.url] = FetchRecord(*row)
    return found


def fingerprints(connection: Connection, uris: Iterable[str]) -> dict[str, str]:
    """uri → fingerprint of those that are items now, whatever has failed since."""
    found: dict[str, str] = {}
    for chunk in chunks(uris):
        query = select(ItemRow.uri, ItemRow.fingerprint).where(ItemRow.uri.in_(chunk))
        found |= {row.uri: row.fingerprint for row in connection.execute(query)}
    return found


def put(connection: Connection, record: FetchRecord) -> None:
    """Note what was fetched in place of what is noted of its address."""
    values = {name: getattr(record, name) for name in FetchRecord.__slots__}
    statement = upsert(FetchedRow).values(**values)
    connection.execute(statement.on_conflict_do_update(index_elements=["url"], set_=values))


def drop_unused(connection: Connection) -> None:
    """Forget what neither an item, here or vanished, nor a failure stands on."""
    used = [exists().where(table.uri == FetchedRow.url) for table in (ItemRow, FailureRow)]
    kept = exists().where(REMOVED_ITEM.c.uri == FetchedRow.url)
    in_use = FetchedRow.file.in_(_names_in_use()) | FetchedRow.url.in_(_unreadable_pictures())
    stands = in_use | ((FetchedRow.file == "") & FetchedRow.content.in_(_contents_in_use()))
    connection.execute(delete(FetchedRow).where(~used[0], ~used[1], ~kept, ~stands))


def _ours(column: Any) -> ColumnElement[bool]:
    """Whether a path is that of a file in the folder of what was fetched; by its order, so that an index serves."""
    return and_(column > f"{FETCHED}/", column < f"{FETCHED}0")  # 0 comes after /


def _names_in_use() -> CompoundSelect[Any]:
    """Names of the files that media, here or vanished, are."""
    live, removed = MediumRow.path, REMOVED_MEDIUM.c.path
    return union_all(*(select(func.substr(path, len(FETCHED) + 2)).where(_ours(path)) for path in (live, removed)))


def _contents_in_use() -> CompoundSelect[Any]:
    """The contents of such media."""
    return union_all(
        select(MediumRow.content).where(_ours(MediumRow.path)),
        select(REMOVED_MEDIUM.c.content).where(_ours(REMOVED_MEDIUM.c.path)),
    )


def _unreadable_pictures() -> Select[Any]:
    """Addresses of products' pictures that came and could not be read."""
    return select(func.substr(FailureRow.uri, func.instr(FailureRow.uri, OF_PICTURE) + 1)).where(
        func.instr(FailureRow.uri, OF_PICTURE) > 0, FailureRow.fingerprint != ""
    )


def let_go(connection: Connection, max_bytes: int, spared: Set[str]) -> list[str]:
    """Hold no more than so many bytes, the latest: of the others it is noted that there is no file. Returns its names.

    The urls `spared` keep theirs.
    """
    held = select(func.coalesce(func.sum(FetchedRow.size), 0)).where(FetchedRow.file != "")
    over = int(connection.scalar(held) or 0) - max_bytes
    if over <= 0:
        return []
    gone: dict[str, str] = {}
    oldest = select(FetchedRow.url, FetchedRow.size, FetchedRow.file).where(FetchedRow.file != "")
    for url, size, file in connection.execute(oldest.order_by(FetchedRow.fetched_at, FetchedRow.url)):
        if url in spared:
            continue
        gone[url] = file
        over -= size
        if over <= 0:
            break
    for chunk in chunks(gone):
        connection.execute(update(FetchedRow).where(FetchedRow.url.in_(chunk)).values(file=""))
    return list(gone.values())


def files(connection: Connection) -> set[str]:
    """Names of all files that are held, or that a medium is: what an address gives now may differ from what the items
    were made of that have not been looked at since."""
    held = set(connection.scalars(select(FetchedRow.file).where(FetchedRow.file != "")))
    return held | set(connection.scalars(_names_in_use()))
