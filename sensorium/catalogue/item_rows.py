"""What drafts of items, media and segments become in the catalogue: rows that lack only their ids."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Table

from .attributes import Pair, pairs_of
from .drafts import ItemDraft, MediumDraft, SegmentDraft
from .schema import Base


def item_row(draft: ItemDraft) -> dict[str, Any]:
    """An item's row, but for its id."""
    return {
        "uri": draft.uri,
        "kind": draft.kind,
        "title": draft.title,
        "path": str(draft.path),
        "attributes": dict(draft.attributes),
        "fingerprint": draft.fingerprint,
    }


def medium_row(item_id: int, ordinal: int, medium: MediumDraft) -> dict[str, Any]:
    """A medium's row, but for its own id."""
    return {
        "item_id": item_id, "ordinal": ordinal, "path": str(medium.path), "mime": medium.mime,
        "content": medium.content, "width": medium.width, "height": medium.height, "duration_s": medium.duration_s,
    }  # fmt: skip


def segment_row(segment: SegmentDraft, medium_id: int | None) -> dict[str, Any]:
    """A segment's row, but for its ids."""
    return {
        "medium_id": medium_id,
        "channel": str(segment.channel),
        "key": segment.key,
        "start_s": segment.start_s,
        "end_s": segment.end_s,
        "page": segment.page,
        "text": segment.text,
        "boxes": [list(box) for box in segment.boxes] or None,
        "times": [list(span) for span in segment.times] or None,
    }


def identity(row: Mapping[str, Any]) -> str:
    """What two rows of segments that say the same have in common."""
    return json.dumps([value for name, value in sorted(row.items()) if name not in ("id", "item_id")])


def item_pairs(draft: ItemDraft) -> tuple[Pair, ...]:
    durations = [medium.duration_s for medium in draft.media if medium.duration_s is not None]
    return pairs_of(draft.kind, draft.path, draft.attributes, max(durations, default=None))


def table_of(row: type[Base]) -> Table:
    """What rows are inserted into: a statement made of the mapped class itself takes ten times as long to make."""
    return cast(Table, row.__table__)
