"""One query from all that somebody gave: what was typed, examples, filters and an order from elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from sensorium.errors import QueryError
from sensorium.types import Filter, Part, Query, SortKey

from .facets import requests_of
from .language import merged, parse


def compose(
    typed: str,
    fields: Collection[str],
    *,
    weight: float = 1.0,
    parts: Iterable[Part] = (),
    filters: Iterable[str] = (),
    facets: str | Iterable[str] = (),
    **options: Any,
) -> Query:
    """The query that `typed` says in the query language, `weight` times as heavy, and beside it `parts` and `filters`.

    `filters` and a `sort` among `options` are typed in the language too; `facets` as `brand,price:5`; the other options
    are fields of `Query`. Raises `QueryError`.
    """
    read = parse(typed, fields)
    order = options.pop("sort", "")
    own = (replace(part, weight=part.weight * weight) for part in read.parts)
    sort = read.sort or _order(order, fields)
    joined = merged((*read.filters, *(one for text in filters for one in _filters(text, fields))))
    asked = (*own, *parts)
    return Query(asked, filters=joined, sort=sort, facets=requests_of(facets), notes=read.notes, **options)


def _filters(text: str, fields: Collection[str]) -> tuple[Filter, ...]:
    read = parse(text, fields)
    if not read.filters or read.parts or read.sort:
        cure = read.notes[0] if read.notes else "A filter looks like price<50, brand:Acme or -kind:film."
        raise QueryError(f"{text!r} is no filter. {cure}")
    return read.filters


def _order(text: str, fields: Collection[str]) -> tuple[SortKey, ...]:
    return parse(f"sort:{text}", fields).sort if text.strip() else ()
