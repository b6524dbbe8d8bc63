"""Queries as they are typed: what the language may know in them, how one is printed, and which words to mark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sensorium.errors import QuerySyntaxError
from sensorium.search.language import parse
from sensorium.search.printing import print_query
from sensorium.types import Modality
from sensorium.wording import read_wording

if TYPE_CHECKING:
    from sensorium.library import Library
    from sensorium.types import Query

_SIGN = re.compile(r"[:<>=]")
"""What stands behind a name wherever the query language has one."""


def names_for(library: Library, *typed: str) -> frozenset[str]:
    """The names that the language may know in what was typed: of attributes, and none where none can stand there."""
    return library.fields() if any(map(_SIGN.search, typed)) else frozenset()


def printed(query: Query, library: Library) -> str:
    """The query as it can be typed."""
    return print_query(query, names_for(library, *(part.text for part in query.parts)))


def words_of(query: Query) -> str:
    """The words of a query that pull towards their sense: what to mark in the passages found."""
    said = (part.text for part in query.parts if part.modality is Modality.TEXT and part.weight > 0)
    return " ".join(read_wording(text).plain for text in said)


def words_typed(typed: str, library: Library) -> str:
    """The words in what somebody typed that pull towards their sense; all of it where it cannot be read."""
    try:
        return words_of(parse(typed, names_for(library, typed)))
    except QuerySyntaxError:
        return typed
