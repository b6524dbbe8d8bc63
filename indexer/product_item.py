"""Makes an item of a row of a feed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sensorium.catalogue.drafts import ItemDraft, MediumDraft, SegmentDraft
from sensorium.media.decoded import Block, Frame, Picture, Product
from sensorium.types import Channel, Kind

from .cutting import cut_document
from .products import UNFETCHED
from .segment import Prepared, medium_of, picture_segments, text_segment

if TYPE_CHECKING:
    from sensorium.types import Pixels

    from .link import Kept
    from .read import Reading
    from .scan import Unit

_CHOICES = 12
"""Values in a list of which each is still worth a place in the line of a product's facts."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a product shows: `files` of its feed's folder, and pictures from the web, read or kept as they were.
    `unread` are addresses of which there is nothing; with `unfetched`, some of them were never asked for."""

    files: Sequence[Reading] = ()
    web: Sequence[Reading | Kept] = ()
    unread: Sequence[str] = ()
    unfetched: bool = False


def prepare_product(unit: Unit, product: Product, shown: Shown) -> Prepared:
    """The item of one row of a feed, with those of its media that could be read."""
    from .read import Reading

    pixels: dict[str, Pixels | Frame] = {}
    segments = [text_segment(Channel.NAME, product.title)]
    segments += [text_segment(Channel.TEXT, text) for text in _texts(product)]
    media: list[MediumDraft] = []
    for place, each in enumerate((*shown.files, *shown.web)):
        if not isinstance(each, Reading):
            media.append(each.medium)
            segments += [replace(segment, medium=place) for segment in each.segments]
            continue
        media.append(medium_of(each, ours=place >= len(shown.files)))
        if isinstance(each.decoded, Picture):
            seen, pictured = picture_segments(each, each.decoded, place)
            pixels.update(seen)
            segments += pictured
    fingerprint = unit.fingerprint + (UNFETCHED if shown.unfetched else "")
    draft = ItemDraft(
        unit.uri, Kind.PRODUCT, product.title, unit.path, fingerprint, _attributes(product, shown), tuple(media),
        tuple(segments),
    )  # fmt: skip
    return Prepared(draft, pixels)


def _attributes(product: Product, shown: Shown) -> dict[str, object]:
    attributes = dict(product.attributes)
    attributes |= {"price": product.price} if product.price is not None else {}
    attributes |= {"category": product.category} if product.category else {}
    unread = [*attributes.get("unread_media", ()), *shown.unread]
    return attributes | ({"unread_media": unread} if unread else {})


def _texts(product: Product) -> list[str]:
    """What a buyer may ask for: the description, and the row's facts in one line."""
    facts = [product.category, *(fact for each in product.attributes.items() for fact in _facts(*each))]
    line = ", ".join([product.title, *(fact for fact in facts if fact)])
    texts = [line] if line != product.title else []
    return texts + [passage.text for passage in cut_document([Block(product.description, "", None)])]


def _facts(name: str, value: object) -> list[str]:
    """Of lists only those that a buyer chooses from, such as sizes and colours."""
    if isinstance(value, list):
        chosen = name != "unread_media" and len(value) <= _CHOICES and all(isinstance(one, str) for one in value)
        return value if chosen else []
    return [str(value)] if isinstance(value, str | int | float) else []


def kept_segments(draft: ItemDraft, place: int) -> tuple[SegmentDraft, ...]:
    """Those of a picture, without what was read in it."""
    return tuple(
        segment for segment in draft.segments if segment.medium == place and segment.channel is Channel.PICTURE
    )
