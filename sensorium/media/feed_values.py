"""What the cells of product feeds mean, in the spellings shops use."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from .amounts import amount_in

_URL = re.compile(r"^([a-z][a-z0-9+.-]+:|//)", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!][^>]*>")
_SEPARATORS = "|;,"
_BETWEEN_URLS = re.compile(r"\s*\|\s*|\s*[;,\s]\s*(?=(?:https?:)?//)", re.IGNORECASE)
"""Commas and semicolons may stand inside of an address; only those in front of another one part them."""
_ON_THE_WEB = re.compile(r"^(https?:)?//", re.IGNORECASE)
_PATH_KEYS = ("path", "file", "src", "url", "href", "link")


def words(value: object) -> str:
    """The value as one line of text. HTML loses its tags, lists become `A > B`, and nothing becomes empty."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, list | tuple):
        return " > ".join(text for text in map(words, value) if text)
    text = str(value)
    if _TAG.search(text):
        from .html import html_text

        text = html_text(text)
    return " ".join(text.split())


def price(value: object) -> float | None:
    """The amount in a number or a text such as `19,99 €`, `$1,299.00` or `CHF 1'299.-`; None where there is none. Of a
    text with several, the first."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        amount = float(value)
        return amount if math.isfinite(amount) else None
    return amount_in(value) if isinstance(value, str) else None


def media_names(value: object) -> Iterator[str]:
    """The paths and URLs in a list, a JSON list, or a text in which they are parted by `|`, `;` or `,`."""
    if isinstance(value, Mapping):
        value = next((value[key] for key in _PATH_KEYS if value.get(key)), None)
    if isinstance(value, list | tuple):
        for entry in value:
            yield from media_names(entry) if not isinstance(entry, str) else filter(None, [entry.strip()])
    elif isinstance(value, str) and value.strip():
        listed = _json_list(value)
        yield from media_names(listed) if listed is not None else _parted(value)


def _json_list(value: str) -> list[Any] | None:
    if not value.lstrip().startswith("["):
        return None
    try:
        listed = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return listed if isinstance(listed, list) else None


def _parted(value: str) -> Iterator[str]:
    value = value.strip()
    if _URL.match(value):
        yield from filter(None, _BETWEEN_URLS.split(value))
        return
    separator = next((sign for sign in _SEPARATORS if sign in value), None)
    yield from filter(None, (part.strip() for part in (value.split(separator) if separator else [value])))


def on_the_web(name: str) -> str | None:
    """The address that a picture is named by, with what shops leave out of it: `//host/a b.jpg` is one as well. None
    for what is none."""
    found = _ON_THE_WEB.match(name)
    if found is None:
        return None
    return re.sub(r"\s", "%20", name if found[1] else f"https:{name}")


def inside(folder: Path, name: str) -> Path | None:
    """The file called `name` below `folder`, which must be resolved; None for URLs and whatever leads outside."""
    if _URL.match(name):
        return None
    try:
        path = (folder / name).resolve()
    except (OSError, ValueError, RuntimeError):  # a NUL, a loop of links
        return None
    return path if path.is_relative_to(folder) and path != folder else None


def plain_value(value: object) -> Any:
    """The value as JSON has it; None for what is empty or cannot be said in JSON."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float | Decimal):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain_value(entry) for entry in value] or None
    if isinstance(value, Mapping):
        return {str(key): plain_value(entry) for key, entry in value.items()} or None
    return None
