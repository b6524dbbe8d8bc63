"""Writing items: whole, each with its media and segments; taking them away, and putting them back."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, column, delete, func, insert, literal, select, update
from sqlalchemy import table as unmapped
from sqlalchemy.dialects.sqlite import insert as upsert

from sensorium.types import Channel, Space

from . import removal
from .attributes import AttributeWriter, pairs_of
from .drafts import OF_PICTURE, ItemDraft, MediumDraft, SegmentDraft
from .item_rows import identity, item_pairs, item_row, medium_row, segment_row, table_of
from .rows import chunks, rows_by_ids
from .schema import Base, ChangeRow, FailureRow, ItemRow, MediumRow, PrintRow, SegmentRow

MOVED = "moved"
"""Fingerprint of an item whose uri is new and whose path and name are still the old ones."""

SEQUENCE = unmapped("sqlite_sequence", column("name"), column("seq"))
"""SQLite's own: the highest id that each table with AUTOINCREMENT has ever had."""


class ItemWriter:
    """Writes items on one open transaction, and tells the indexes."""

    def __init__(self, connection: Connection, spaces: Mapping[Space, int]) -> None:
        self._connection = connection
        self._space_ids = spaces
        self._attributes = AttributeWriter(connection)

    def put_items(self, drafts: Sequence[ItemDraft], spaces: Mapping[Channel, Sequence[Space]]) -> None:
        """Store items as `put_item` does, one after the other; new ones that follow each other in a few statements."""
        held = removal.uris_among(self._connection, (draft.uri for draft in drafts))
        new: dict[str, ItemDraft] = {}
        for draft in drafts:
            if draft.uri in held or draft.uri in new:
                self._insert_whole(list(new.values()), spaces)
                held.update(new)
                new.clear()
                self.put_item(draft, spaces)
            else:
                new[draft.uri] = draft
        self._insert_whole(list(new.values()), spaces)

    def _insert_whole(self, drafts: Sequence[ItemDraft], spaces: Mapping[Channel, Sequence[Space]]) -> None:
        """Insert items that the library has never had, no two of one uri."""
        self.clear_failures(path for draft in drafts for path in (draft.uri, *(str(m.path) for m in draft.media)))
        ids = self._insert_many(ItemRow, [item_row(draft) for draft in drafts])
        both = list(zip(ids, drafts, strict=True))
        self._attributes.put_many((item_id, item_pairs(draft)) for item_id, draft in both)
        media = [medium_row(item_id, n, medium) for item_id, draft in both for n, medium in enumerate(draft.media)]
        media_ids = iter(self._insert_many(MediumRow, media))
        rows: list[dict[str, Any]] = []
        for item_id, draft in both:
            own = [next(media_ids) for _ in draft.media]
            for segment in draft.segments:
                medium_id = None if segment.medium is None else own[segment.medium]
                rows.append({"item_id": item_id, **segment_row(segment, medium_id)})
        segments = [segment for draft in drafts for segment in draft.segments]
        self._tell(zip(self._insert_many(SegmentRow, rows), segments, strict=True), spaces)
        self._put_prints(segments)

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
        values = item_row(draft)
        if held is None:
            before = removal.kept_id(self._connection, draft.uri)
            removal.forget(self._connection, [draft.uri])
            item_id = self._insert(ItemRow, **({} if before is None else {"id": before}), **values)
        else:
            item_id = held.id
            self._connection.execute(update(ItemRow).where(ItemRow.id == item_id).values(**values))
            self._attributes.drop(item_id)
        self._attributes.put(item_id, item_pairs(draft))
        return item_id

    def _put_media(self, item_id: int, media: Sequence[MediumDraft]) -> list[int]:
        """The ids of media in their order; one whose content the item had already keeps its own."""
        table: Any = MediumRow.__table__
        held: dict[str, list[int]] = {}
        for row in self._connection.execute(select(table.c.id, table.c.content).where(table.c.item_id == item_id)):
            held.setdefault(row.content, []).append(row.id)
        ids = []
        for ordinal, medium in enumerate(media):
            values = medium_row(item_id, ordinal, medium)
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
            held.setdefault(identity({str(name): value for name, value in row.items()}), []).append(row["id"])
        new = []
        for draft in segments:
            medium_id = None if draft.medium is None else media_ids[draft.medium]
            same = held.get(identity(segment_row(draft, medium_id)))
            if same:
                same.pop(0)
                self._put_prints([draft])
            else:
                new.append((draft, medium_id))
        gone = [segment_id for left in held.values() for segment_id in left]
        for chunk in chunks(gone):
            self._remove_segments(SegmentRow.id.in_(chunk))
        for draft, medium_id in new:
            self.put_segment(draft, item_id, medium_id, spaces.get(draft.channel, ()))

    def put_segment(self, segment: SegmentDraft, item_id: int, medium_id: int | None, spaces: Iterable[Space]) -> None:
        """Add a segment to an item. The vectors of its key must have been put into `spaces` before."""
        segment_id = self._insert(SegmentRow, item_id=item_id, **segment_row(segment, medium_id))
        self._put_prints([segment])
        self._tell([(segment_id, segment)], {segment.channel: tuple(spaces)})

    def _put_prints(self, segments: Iterable[SegmentDraft]) -> None:
        rows = [
            {"method": segment.print.method, "key": segment.key, "data": segment.print.data}
            for segment in segments
            if segment.print is not None
        ]
        if rows:
            self._connection.execute(upsert(table_of(PrintRow)).on_conflict_do_nothing(), rows)

    def _insert(self, table: type[Base], **values: object) -> int:
        key = self._connection.execute(insert(table_of(table)), values).inserted_primary_key
        assert key is not None  # every table inserted into here has an integer key
        return int(key[0])

    def _insert_many(self, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> range:
        """The ids of new rows, in their order. They are given out here, as SQLite would do it (AUTOINCREMENT): to learn
        them from it, each row would have to be a statement of its own."""
        target = table_of(table)
        last = self._connection.scalar(select(SEQUENCE.c.seq).where(SEQUENCE.c.name == target.name)) or 0
        ids = range(last + 1, last + 1 + len(rows))
        if rows:
            self._connection.execute(
                insert(target), [{"id": row_id, **row} for row_id, row in zip(ids, rows, strict=True)]
            )
        return ids

    def _tell(self, segments: Iterable[tuple[int, SegmentDraft]], spaces: Mapping[Channel, Sequence[Space]]) -> None:
        """Tell the indexes of new segments, by their ids; those without a key are in none."""
        rows = [
            {"space_id": self._space_ids[space], "channel": segment.channel, "segment_id": segment_id, "added": True}
            for segment_id, segment in segments
            for space in (spaces.get(segment.channel, ()) if segment.key else ())
        ]
        if rows:
            self._connection.execute(insert(table_of(ChangeRow)), rows)

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

    def clear_picture_failures(self, products: Iterable[str]) -> None:
        """Forget which pictures of products could not be had."""
        after = chr(ord(OF_PICTURE) + 1)
        for uri in products:
            of_it = FailureRow.uri > f"{uri}{OF_PICTURE}", FailureRow.uri < f"{uri}{after}"
            self._connection.execute(delete(FailureRow).where(*of_it))

    def clear_failures(self, uris: Iterable[str]) -> None:
        for chunk in chunks(uris):
            self._connection.execute(delete(FailureRow).where(FailureRow.uri.in_(chunk)))
