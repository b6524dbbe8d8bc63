"""Prints a `Query` in the query language, so that reading it again gives the same query."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from sensorium.errors import QuerySyntaxError
from sensorium.types import Filter, Modality, Part, Query, Range
from sensorium.wording import PHRASE

from . import syntax
from .language import parse
from .values import print_comparison, print_values

_ONE_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*\*?")
_BARE_WORD = re.compile(r"\w(?:[\w'’.\-]*\w)?\*?")
_OPENING = re.compile(r'(?<!\S)"')
_BRACKET = re.compile(r"(?<!\S)\(")
_SCOPE_OF = {channels: name for name, channels in syntax.SCOPES.items()}


def print_query(query: Query, fields: Collection[str] = ()) -> str:
    """What to type to ask this; `fields` as for `parse`. Examples that are files cannot be typed and are left out.

    Texts come out with single blanks.
    """
    return " ".join(_pieces(query, fields))


def print_filter(one: Filter) -> str:
    """`price<50`, `-brand:Acme,"Smith & Co"`."""
    sign = "-" if one.excluded else ""
    if len(one.values) == 1 and isinstance(one.values[0], Range):
        comparison = print_comparison(one.values[0])
        if comparison is not None:
            return f"{sign}{one.field}{comparison}"
    return f"{sign}{one.field}:{print_values(one.values)}"


def print_part(part: Part) -> str:
    """A part for reading: without the signs that only reading it again needs."""
    if part.modality is Modality.TEXT and not part.channels and part.weight == 1:
        return part.text
    return _printed_part(part, (), first=False)


def _pieces(query: Query, fields: Collection[str]) -> Iterator[str]:
    for number, part in enumerate(query.parts):
        if part.path is None:
            yield _printed_part(part, fields, first=number == 0)
    yield from map(print_filter, query.filters)
    if query.sort:
        yield "sort:" + ",".join(("-" if key.descending else "") + key.field for key in query.sort)


def _printed_part(part: Part, fields: Collection[str], *, first: bool) -> str:
    if first and part == Part(Modality.TEXT, text=part.text) and _is_sentence(part.text, fields):
        return part.text
    sign = "-" if part.weight < 0 else ""
    size = abs(part.weight)
    weight = "" if size == 1 else f"^{_number(size)}"
    if part.modality is Modality.ITEM:
        return f"{sign}like:{part.like}{weight}"
    text = " ".join(part.text.split())
    if part.channels:
        return f"{sign}{_SCOPE_OF[part.channels]}:{_enclosed(text)}{weight}"
    if _ONE_WORD.fullmatch(text) and (sign or (weight and len(text) > 3)):
        return f"{sign}{text}{weight}"
    if PHRASE.fullmatch(text) and (sign or weight):
        return f"{sign}{text}{weight}"
    return f"{sign}{syntax.grouped(text)}{weight if sign or weight else '^1'}"


def _enclosed(text: str) -> str:
    return text if _BARE_WORD.fullmatch(text) or PHRASE.fullmatch(text) else syntax.grouped(text)


def _is_sentence(text: str, fields: Collection[str]) -> bool:
    """Whether a text is read as it stands, whatever may follow it."""
    if _OPENING.search(PHRASE.sub("", text)):
        return False
    if any(syntax.group_end(text, found.start()) < 0 for found in _BRACKET.finditer(text)):
        return False
    try:
        return parse(text, fields) == Query((Part(Modality.TEXT, text=text),))
    except QuerySyntaxError:
        return False


def _number(weight: float) -> str:
    return repr(weight).removesuffix(".0")
