"""Addresses of media, by id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, url_for

from sensorium.errors import NotFound
from sensorium.types import Channel

if TYPE_CHECKING:
    from sensorium.library import Library
    from sensorium.types import Medium, Moment, Segment

ID = f"int(max={2**63 - 1})"
"""An id in a route: larger numbers, which no database has, are not found rather than an error."""


def medium_url(medium_id: int) -> str:
    return _address("media.medium", "medium_id", medium_id)


def thumbnail_url(medium: Medium, library: Library) -> str | None:
    """None where the library has no thumbnail of the medium."""
    return _thumbnail_url(medium.id, medium.content, library)


def _thumbnail_url(medium_id: int, content: str, library: Library) -> str | None:
    return None if library.thumbnail_of(content) is None else _address("media.thumbnail", "medium_id", medium_id)


def still_url(segment: Segment, library: Library) -> str | None:
    """None for what is no still of a film, and where the library has no picture of it."""
    try:
        if segment.channel is not Channel.FRAME or library.still(segment.id) is None:
            return None
    except NotFound:
        return None
    return _address("media.still", "segment_id", segment.id)


def moment_url(medium: Medium, moment: Moment | None) -> str:
    """The medium at a moment, as a fragment that players (`#t=`, seconds) and readers of PDF (`#page=`) follow."""
    url = medium_url(medium.id)
    if moment is not None and moment.start_s:
        return f"{url}#t={moment.start_s:.3f}".rstrip("0").rstrip(".")
    if moment is not None and moment.page and medium.mime == "application/pdf":
        return f"{url}#page={moment.page}"
    return url


def add_media_urls(item: dict[str, Any], library: Library) -> dict[str, Any]:
    """Adds `url` and `thumbnail_url` to each medium of an item's JSON form."""
    for medium in item["media"]:
        medium["url"] = medium_url(medium["id"])
        medium["thumbnail_url"] = _thumbnail_url(medium["id"], medium["content"], library)
    return item


def _address(endpoint: str, argument: str, id_: int) -> str:
    """The address of one of many: what stands before their ids is built once for a request, as an answer has dozens."""
    built: dict[str, str] = g.setdefault("addresses", {})
    if endpoint not in built:
        first: dict[str, Any] = {argument: 0}
        built[endpoint] = url_for(endpoint, **first).removesuffix("0")
    return f"{built[endpoint]}{id_}"
