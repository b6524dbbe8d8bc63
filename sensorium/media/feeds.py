"""Product feeds: JSON lines, CSV, TSV, XML and Parquet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sensorium.errors import UnsupportedMedia

from .decoded import BadRow, Deletion, Product
from .feed_columns import SPELLINGS, TITLES, spelled
from .feed_groups import product_rows
from .feed_rows import column_names
from .feed_values import inside, media_names, on_the_web, plain_value, price, words

_KEY_LENGTH = 16
_DELETED = ("deleted", "delete", "is_deleted")
_ACTIONS = ("action", "op")
_YES = ("1", "1.0", "true", "yes", "y", "t")


def check_feed(path: Path) -> None:
    """Raises `UnsupportedMedia` for a file that is no product feed, `MediaError` for one that cannot be read."""
    if not any(spelled(name) in TITLES for name in column_names(path)):
        raise UnsupportedMedia(f"{path} is not a product feed: no column is called title or name.")


def read_feed(path: Path) -> Iterator[Product | BadRow]:
    """The feed's products in order, and in their places the rows that cannot be taken, with the reason.

    Of two rows with one key the later is bad. A row without key gets its title's hash for one. Media are resolved
    against the feed's folder; addresses on the web are the product's `links`; what leads elsewhere is not followed and
    stands in the attribute `unread_media`. A price given as text is kept in `price_text` as well, for its currency.
    Raises `MediaError` when the file as a whole cannot be read.
    """
    folder = path.resolve().parent
    numbers: dict[str, int] = {}
    check_feed(path)
    for row in product_rows(path):
        if isinstance(row, BadRow):
            yield row
            continue
        number, cells = row
        product = _product(cells, folder)
        if product is None:
            yield BadRow(number, "no title")
        elif product.key in numbers:
            yield BadRow(number, f"the same key as row {numbers[product.key]}: {product.key!r}")
        else:
            numbers[product.key] = number
            yield product


def read_changes(path: Path) -> Iterator[Product | Deletion | BadRow]:
    """Changes to a feed, in order: products to be added or replaced, and keys of those to be removed.

    A row says that its product is gone by a column `deleted` (or `delete`, `is_deleted`) that is true, or by `action`
    (or `op`) being `delete` or `remove`; such a row needs a key and nothing else. Raises `MediaError` as `read_feed`.
    """
    folder = path.resolve().parent
    for row in product_rows(path):
        if isinstance(row, BadRow):
            yield row
            continue
        number, cells = row
        named = {spelled(name): value for name, value in cells.items()}
        if _says_deleted(named):
            key = next((words(named[name]) for name in SPELLINGS["key"] if words(named.get(name))), "")
            yield Deletion(key) if key else BadRow(number, "no key of what is to be deleted")
            continue
        product = _product({name: value for name, value in cells.items() if not _is_mark(name)}, folder)
        yield product or BadRow(number, "no title")


def _says_deleted(named: Mapping[str, Any]) -> bool:
    said = (words(named.get(name)).lower() for name in _DELETED)
    done = (words(named.get(name)).lower() for name in _ACTIONS)
    return any(value in _YES for value in said) or any(value in ("delete", "remove") for value in done)


def _is_mark(name: object) -> bool:
    return spelled(name) in (*_DELETED, *_ACTIONS)


def _product(cells: Mapping[str, Any], folder: Path) -> Product | None:
    """The product of a row, or None for one without title."""
    columns = {spelled(name): (name, value) for name, value in cells.items()}
    used: set[str] = set()

    def first(field: str) -> Any:
        for spelling in SPELLINGS[field]:
            name, value = columns.get(spelling, ("", None))
            if words(value):
                used.add(name)
                return value
        return None

    title = words(first("title"))
    if not title:
        return None
    key = words(first("key")) or hashlib.sha256(title.encode()).hexdigest()[:_KEY_LENGTH]
    cost = first("price")
    description, category = words(first("description")), words(first("category"))
    media, links, unread = _media(columns, used, folder)
    attributes = {str(name): plain_value(value) for name, value in cells.items() if name not in used}
    if isinstance(cost, str):
        attributes["price_text"] = cost.strip()
    attributes["unread_media"] = unread or None
    kept = {name: value for name, value in attributes.items() if value is not None}
    return Product(key, title, description, price(cost), category, kept, media, links)


def _media(
    columns: Mapping[str, tuple[str, Any]], used: set[str], folder: Path
) -> tuple[tuple[Path, ...], tuple[str, ...], list[str]]:
    """Files, addresses on the web, and what is neither."""
    media: dict[Path, None] = {}  # sets that keep their order
    links: dict[str, None] = {}
    unread: list[str] = []
    for spelling in SPELLINGS["media"]:
        name, value = columns.get(spelling, ("", None))
        used.add(name)
        for entry in media_names(value):
            if (link := on_the_web(entry)) is not None:
                links[link] = None
            elif (found := inside(folder, entry)) is not None:
                media[found] = None
            else:
                unread.append(entry)
    return tuple(media), tuple(links), unread
