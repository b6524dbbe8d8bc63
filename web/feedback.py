"""More and less like these: the items that somebody has said so of stand in the address, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import g, request, url_for

from .links import thumbnail_url

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from sensorium.library import Library

FEEDBACK = ("more", "less")


@dataclass(frozen=True, slots=True)
class Opinion:
    """An item that was liked (`more`) or disliked (`less`), and the address of the search without this."""

    name: str
    item_id: int
    title: str
    thumbnail: str | None
    without: str


def ids_of(fields: MultiDict[str, str], name: str) -> list[int]:
    """The ids in a field that may be repeated or separated by commas; what is no number is passed over."""
    values = (value.strip() for entry in fields.getlist(name) for value in entry.split(","))
    return [int(value) for value in dict.fromkeys(values) if value.isdigit()]


def feedback_url(name: str, item_id: int) -> str:
    """The search of this page with one more opinion; an item that was thought of otherwise changes sides."""
    held, address = _held()
    if not any(item_id in ids for ids in held.values()):
        return f"{address}{'&' if '?' in address else '?'}{name}={item_id}"
    others = {each: [i for i in ids if i != item_id] for each, ids in held.items()}
    others[name].append(item_id)
    return _address(others)


def _held() -> tuple[dict[str, list[int]], str]:
    """The opinions of this page's search, and its address: worked out once for its cards."""
    if "opinions" not in g:
        held = {name: ids_of(request.args, name) for name in FEEDBACK}
        g.opinions = held, _address(held)
    known: tuple[dict[str, list[int]], str] = g.opinions
    return known


def opinions(fields: MultiDict[str, str], library: Library) -> tuple[Opinion, ...]:
    """What was liked and disliked in this search, as far as it is still in the library."""
    held = {name: ids_of(fields, name) for name in FEEDBACK}
    items = library.items([item_id for ids in held.values() for item_id in ids])
    return tuple(
        Opinion(
            name,
            item_id,
            items[item_id].title,
            thumbnail_url(items[item_id].media[0], library) if items[item_id].media else None,
            _address({**held, name: [other for other in ids if other != item_id]}),
        )
        for name, ids in held.items()
        for item_id in ids
        if item_id in items
    )


def _address(held: dict[str, list[int]]) -> str:
    fields: dict[str, Any] = dict(request.args.lists()) | held
    return url_for("pages.search", **{name: values for name, values in fields.items() if values and name != "cursor"})
