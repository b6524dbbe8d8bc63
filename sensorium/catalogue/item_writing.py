"""Writing items: whole, each with its media and segments; taking them away, and putting them back."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, literal, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from sensorium.types import Channel, Space

from . import removal
from .attributes import AttributeWriter, Pair, pairs_of
from .drafts import ItemDraft, MediumDraft, SegmentDraft
from .rows import chunks, rows_by_ids
from .schema import Base, ChangeRow, FailureRow, ItemRow, MediumRow, PrintRow, SegmentRow

MOVED = "moved"
"""Fingerprint of an item whose uri is new and whose path and name are still the old ones."""


class ItemWriter:
    """Writes items on one open transaction, and tells the indexes."""

    def __init__(self, connection: Connection, spaces: Mapping[Space, int]) -> None:
        self._connection = connection
        self._space_ids = spaces
        self._attributes = AttributeWriter(connection)

    def put_item(self, draft: ItemDraft, spaces: Mapping[Channel, Sequence[Space]]) -> int:
        """Store an item in place of what stands under its uri, or has before it vanished, whose id it keeps.

        Media and segments that are the same as before stay as they are, with their ids: a new price of a product
        touches no index. `spaces` names for each channel the spaces its segments are searched in; the vectors of
        every segment's key must have been put into them before. Returns the item's id.
        """
        self.clear_failures([draft.uri, *(str(medium.path) for medium in draft.media)])
        item_id = self._put_row(draft)
        media_ids = self._put_media(item_id, draft.media)
        self._put_segments(item_id, draft.segments, media_ids, spaces)
        return item_id

    def _put_row(self, draft: ItemDraft) -> int:
        held = self._connection.execute(select(ItemRow.__table__).where(ItemRow.uri == draft.uri)).one_or_none()
        values: dict[str, Any] = {
            "uri": draft.uri,
            "kind": draft.kind,
            "title": draft.title,
            "path": str(draft.path),
            "attributes": dict(draft.attributes),
            "fingerprint": draft.fingerprint,
        }
        if held is None:
            before = removal.kept_id(self._connection, draft.uri)
            removal.forget(self._connection, [draft.uri])
            item_id = self._insert(ItemRow, **({} if before is None else {"id": before}), **values)
        else:
            item_id = held.id
            self._connection.execute(update(ItemRow).where(ItemRow.id == item_id).values(**values))
            self._attributes.drop(item_id)
        self._attributes.put(item_id, _pairs(draft))
        return item_id

    def _put_media(self, item_id: int, media: Sequence[MediumDraft]) -> list[int]:
        """The ids of media in their order; one whose content the item had already keeps its own."""
        table: Any = MediumRow.__table__
        held: dict[str, list[int]] = {}
        for row in self._connection.execute(select(table.c.id, table.c.content).where(table.c.item_id == item_id)):
            held.setdefault(row.content, []).append(row.id)
        ids = []
        for ordinal, medium in enumerate(media):
            values = {
                "item_id": item_id, "ordinal": ordinal, "path": str(medium.path), "mime": medium.mime,
                "content": medium.content, "width": medium.width, "height": medium.height,
                "duration_s": medium.duration_s,
            }  # fmt: skip
            if same := held.get(medium.content):
                ids.append(same.pop(0))
                self._connection.execute(update(table).where(table.c.id == ids[-1]).values(**values))
            else:
                ids.append(self._insert(MediumRow, **values))
        gone = [medium_id for left in held.values() for medium_id in left]
        if gone:
            self._remove_segments(SegmentRow.medium_id.in_(gone))
            self._connection.execute(delete(MediumRow).where(MediumRow.id.in_(gone)))
        return ids

    def _put_segments(
        self,
        item_id: int,
        segments: Sequence[SegmentDraft],
        media_ids: Sequence[int],
        spaces: Mapping[Channel, Sequence[Space]],
    ) -> None:
        """Add what is new among segments and remove what is not among them; text read in pictures is not of them."""
        table = SegmentRow.__table__
        held: dict[str, list[int]] = {}
        mine = select(table).where(table.c.item_id == item_id, table.c.channel != Channel.OCR)
        for row in self._connection.execute(mine.order_by(table.c.id)).mappings():
            held.setdefault(_identity({str(name): value for name, value in row.items()}), []).append(row["id"])
        new = []
        for draft in segments:
            medium_id = None if draft.medium is None else media_ids[draft.medium]
            same = held.get(_identity(_told(draft, medium_id)))
            if same:
                same.pop(0)
                self._put_print(draft)
            else:
                new.append((draft, medium_id))
        gone = [segment_id for left in held.values() for segment_id in left]
        for chunk in chunks(gone):
            self._remove_segments(SegmentRow.id.in_(chunk))
        for draft, medium_id in new:
            self.put_segment(draft, item_id, medium_id, spaces.get(draft.channel, ()))

    def put_segment(self, segment: SegmentDraft, item_id: int, medium_id: int | None, spaces: Iterable[Space]) -> None:
        """Add a segment to an item. The vectors of its key must have been put into `spaces` before."""
        segment_id = self._insert(SegmentRow, item_id=item_id, **_told(segment, medium_id))
        self._put_print(segment)
        if segment.key:
            self._log(segment_id, segment.channel, spaces, added=True)

    def _put_print(self, segment: SegmentDraft) -> None:
        if segment.print is not None:
            values = {"method": segment.print.method, "key": segment.key, "data": segment.print.data}
            self._connection.execute(upsert(PrintRow).values(**values).on_conflict_do_nothing())

    def _insert(self, table: type[Base], **values: object) -> int:
        key = self._connection.execute(insert(_table(table)), values).inserted_primary_key
        assert key is not None  # every table inserted into here has an integer key
        return int(key[0])

    def _log(self, segment_id: int, channel: str, spaces: Iterable[Space], *, added: bool) -> None:
        rows = [
            {"space_id": self._space_ids[space], "channel": channel, "segment_id": segment_id, "added": added}
            for space in spaces
        ]
        if rows:
            self._connection.execute(insert(_table(ChangeRow)), rows)

    def remove_items(self, uris: Iterable[str]) -> int:
        """Remove items by uri, and return how many there were. What they were is kept, so that they may come back."""
        removed = 0
        for chunk in chunks(uris):
            ids = list(self._connection.scalars(select(ItemRow.id).where(ItemRow.uri.in_(chunk))))
            if not ids:
                continue
            removal.keep(self._connection, ids, time.time())
            self._remove_segments(SegmentRow.item_id.in_(ids))
            self._connection.execute(delete(ItemRow).where(ItemRow.id.in_(ids)))
            removed += len(ids)
        return removed

    def _remove_segments(self, which: ColumnElement[bool]) -> None:
        table = SegmentRow.__table__
        for space_id in self._space_ids.values():
            left = select(literal(space_id), table.c.channel, table.c.id, literal(False)).where(which)
            columns = ["space_id", "channel", "segment_id", "added"]
            self._connection.execute(insert(ChangeRow).from_select(columns, left.order_by(table.c.id)))
        self._connection.execute(delete(SegmentRow).where(which))

    def restore_items(self, unchanged: Mapping[str, str], spaces: Mapping[Channel, Sequence[Space]]) -> set[str]:
        """Put back what had vanished and is there again as it was; return the uris.

        `unchanged` holds uris with their fingerprints now. What the models have no vectors of is left to be read.
        """
        wanted = {channel: [self._space_ids[space] for space in held] for channel, held in spaces.items()}
        ids = removal.restorable(self._connection, unchanged, wanted)
        removal.restore(self._connection, ids)
        back = set()
        for row in rows_by_ids(self._connection, select(ItemRow.__table__), ItemRow.id, ids):
            back.add(row.uri)
            longest = select(func.max(MediumRow.duration_s)).where(MediumRow.item_id == row.id)
            duration_s = self._connection.scalar(longest)
            self._attributes.put(row.id, pairs_of(row.kind, Path(row.path), row.attributes, duration_s))
        return back

    def move_item(self, uri: str, to: str) -> None:
        """Give an item, here or vanished, another uri. It has still to be put there, with its path and its name."""
        for item, _, _ in (removal.LIVE, removal.REMOVED):
            found = self._connection.execute(update(item).where(item.c.uri == uri).values(uri=to, fingerprint=MOVED))
            if found.rowcount:
                return

    def forget_removed(self, before: float) -> int:
        """Drop for good what vanished before a moment, in seconds since 1970; return how many items."""
        return removal.forget_before(self._connection, before)

    def clear_failures(self, uris: Iterable[str]) -> None:
        for chunk in chunks(uris):
            self._connection.execute(delete(FailureRow).where(FailureRow.uri.in_(chunk)))


def _told(segment: SegmentDraft, medium_id: int | None) -> dict[str, Any]:
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


def _identity(row: Mapping[str, Any]) -> str:
    """What two rows of segments that say the same have in common."""
    return json.dumps([value for name, value in sorted(row.items()) if name not in ("id", "item_id")])


def _pairs(draft: ItemDraft) -> tuple[Pair, ...]:
    durations = [medium.duration_s for medium in draft.media if medium.duration_s is not None]
    return pairs_of(draft.kind, draft.path, draft.attributes, max(durations, default=None))


def _table(row: type[Base]) -> Table:
    """What rows are inserted into: a statement made of the mapped class itself takes ten times as long to make."""
    return cast(Table, row.__table__)
