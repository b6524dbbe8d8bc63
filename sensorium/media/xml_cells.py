"""What the elements of an XML feed's row say, as columns of a row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.etree import _Element

GOOGLE = "http://base.google.com/ns/1.0"
GOOGLE_OWN = "http://base.google.com/cns/1.0"
"""The namespace of what a shop tells Google beyond what Google asks."""
_MEDIA_RSS = "http://search.yahoo.com/mrss/"
_XHTML = "http://www.w3.org/1999/xhtml"
_DEEPEST = 16
"""Elements within elements; the feeds that are known need four."""
_CURRENCIES = ("currency", "currencyId", "currency_id", "currencyCode", "unit")
_NUMBER = re.compile(r"[\d.,'\s]+")


class TooDeep(ValueError):
    """A row whose elements lie within one another as no feed's do."""


def cells_of(row: _Element) -> dict[str, Any]:
    """Column → text, list or mapping. Names are without namespace; where one is said in Google's and in another's,
    Google's counts; what is said more than once is a list. Raises `TooDeep`."""
    ours: dict[str, list[Any]] = {}
    plain: dict[str, list[Any]] = {local(name): [value] for name, value in row.attrib.items()}
    for element in row:
        name, value = _cell(element)
        if value not in ("", None, {}, []):
            (ours if _space(element) in (GOOGLE, GOOGLE_OWN) else plain).setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in (plain | ours).items()}


def _cell(element: _Element) -> tuple[str, Any]:
    """What a row's element is a column of. `<param name="Colour">red</param>` is one called Colour."""
    name, value = local(element.tag), _value(element)
    address = element.get("url") or element.get("href")
    if address and _shows_picture(element, name):
        return "image_link", address
    if isinstance(value, str) and value and (called := (element.get("name") or "").strip()):
        return called, value
    return name, value


def _shows_picture(element: _Element, name: str) -> bool:
    """Whether this is how news feeds name pictures: as what comes with an entry."""
    encloses = name == "enclosure" or (name == "link" and element.get("rel") == "enclosure")
    if _space(element) == _MEDIA_RSS and name in ("content", "thumbnail"):
        return bool(element.get("medium", "image") == "image" and element.get("type", "image/").startswith("image/"))
    return encloses and str(element.get("type", "")).startswith("image/")


def _value(element: _Element, depth: int = 1) -> Any:
    """Text, a list of equal things, or a mapping of different ones."""
    if depth > _DEEPEST:
        raise TooDeep(f"nested deeper than {_DEEPEST} elements")
    text = (element.text or "").strip()
    if not len(element):
        return _leaf(element, text)
    if text or any((child.tail or "").strip() for child in element) or all(_space(c) == _XHTML for c in element):
        return " ".join("".join(element.itertext()).split())
    names = [local(child.tag) for child in element]
    values = [_value(child, depth + 1) for child in element]
    if len(set(names)) == 1 and (len(names) > 1 or local(element.tag).rstrip("s") == names[0] or names[0] == "item"):
        return [value for value in values if value not in ("", None)]
    found: dict[str, Any] = {}
    for name, value in zip(names, values, strict=True):
        before = found.get(name)
        found[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
    return found


def _leaf(element: _Element, text: str) -> Any:
    if not text:
        return {local(name): value for name, value in element.attrib.items()} or ""
    if _NUMBER.fullmatch(text):
        currency = next((element.get(name) for name in _CURRENCIES if element.get(name)), None)
        return f"{text} {currency}" if currency else text
    return text


def local(name: Any) -> str:
    """A name without its namespace."""
    return str(name).rpartition("}")[2]


def _space(element: _Element) -> str:
    return str(element.tag)[1:].partition("}")[0] if str(element.tag).startswith("{") else ""
