"""Rows of product feeds as units: what they are known by, and when they must be read again."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING

from sensorium.catalogue.drafts import picture_uri
from sensorium.catalogue.known import Known
from sensorium.errors import FetchError
from sensorium.fetch.address import read_address
from sensorium.media.decoded import Product

from .back_off import rests
from .stamps import stamp, status_of

if TYPE_CHECKING:
    from sensorium.library_writer import LibraryWriter

    from .scan import Unit

UNFETCHED = ":unfetched"
"""Ends the fingerprint of a product that names pictures by addresses which have never been asked for."""
DAY_S = 86_400.0
_USER = re.compile(r"//[^/?#]*@")


def addressed(product: Product) -> Product:
    """The product with its links written as `Address.url` writes them, each once."""
    return replace(product, links=tuple(dict.fromkeys(map(_written, product.links)))) if product.links else product


def _written(link: str) -> str:
    """A bad address stays as it is, for the fetcher to tell what is wrong; without a password, which nothing shows."""
    try:
        return read_address(link).url
    except FetchError:
        return _USER.sub("//…@", link)


def fingerprint_of(product: Product) -> str:
    """Changes with the row and with its pictures' files."""
    media = [f"{path}={stamp(status_of(path))}" for path in product.media]
    row = [product.title, product.description, product.price, product.category, dict(product.attributes), media]
    row += [list(product.links)] if product.links else []
    return hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest()


def links_of(unit: Unit) -> tuple[str, ...]:
    """The addresses that a product names its pictures by."""
    return unit.product.links if unit.product is not None else ()


def has_changed(unit: Unit, before: Known, due: Set[str], *, fetches: bool) -> bool:
    """Whether a file or row is not what it was, or pictures of it are to be asked for (if anything `fetches`): for the
    first time, or since they did not come and are `due`."""
    if before.fingerprint.removesuffix(UNFETCHED) != unit.fingerprint:
        return True
    if not fetches:
        return False
    return before.fingerprint.endswith(UNFETCHED) or not due.isdisjoint(links_of(unit))


def missed(units: Iterable[Unit], known: Mapping[str, Known], writer: LibraryWriter) -> set[str]:
    """Addresses of pictures that did not come, and are not to be left alone any longer."""
    lost = (url for unit in units for url in links_of(unit) if _did_not_come(known.get(picture_uri(unit.uri, url))))
    urls = set(lost)
    told = writer.refusals(urls) if urls else {}
    return {url for url in urls if not rests(told.get(url))}


def _did_not_come(picture: Known | None) -> bool:
    return picture is not None and not picture.fingerprint


def due(units: Sequence[Unit], writer: LibraryWriter, days: float) -> set[str]:
    """The uris of products with a picture that was last asked for so many days ago; with 0 days there are none."""
    links = {url for unit in units for url in links_of(unit)} if days else set()
    before = time.time() - days * DAY_S
    old = {url for url, record in writer.fetched(links).items() if record.fetched_at < before} if links else set()
    return {unit.uri for unit in units if old.intersection(links_of(unit))} if old else set()
