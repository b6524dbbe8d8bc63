"""Everything that changes the catalogue. One transaction holds whole items: no crash leaves half of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from sensorium.types import Channel, Space

from .attributes import AttributeWriter, Pair, drop_unused_values, pairs_of
from .drafts import Deciphered, Failure, ItemDraft, SegmentDraft, Unread
from .inscriptions import as_json
from .rows import chunks
from .schema import (
    BackgroundRow,
    Base,
    ChangeRow,
    FactRow,
    FailureRow,
    InscriptionRow,
    ItemRow,
    MediumRow,
    PrintRow,
    SegmentRow,
    SpaceRow,
    VectorRow,
)

if TYPE_CHECKING:
    from sensorium.types import Matrix


class Writer:
    """Writes on one open transaction. Made by `Library.writing`, never kept past it."""

    def __init__(self, connection: Connection, spaces: Mapping[Space, int]) -> None:
        self._connection = connection
        self._space_ids = spaces
        self._attributes = AttributeWriter(connection)

    def put_item(self, draft: ItemDraft, spaces: Mapping[Channel, Sequence[Space]]) -> int:
        """Store an item in place of what stood under its uri, whose id it keeps, and return that id.

        `spaces` names for each channel the spaces its segments are searched in; the vectors of every segment's
        key must have been put into them before.
        """
        held = self._connection.scalar(select(ItemRow.id).where(ItemRow.uri == draft.uri))
        self.remove_items([draft.uri])
        self.clear_failures([draft.uri, *(str(medium.path) for medium in draft.media)])
        item_id = self._insert_item(draft, held)
        self._attributes.put(item_id, _pairs(draft))
        media_ids = [
            self._insert(
                MediumRow,
                item_id=item_id, ordinal=ordinal, path=str(medium.path), mime=medium.mime, content=medium.content,
                width=medium.width, height=medium.height, duration_s=medium.duration_s,
            )
            for ordinal, medium in enumerate(draft.media)
        ]  # fmt: skip
        for segment in draft.segments:
            medium_id = None if segment.medium is None else media_ids[segment.medium]
            self.put_segment(segment, item_id, medium_id, spaces.get(segment.channel, ()))
        return item_id

    def put_segment(self, segment: SegmentDraft, item_id: int, medium_id: int | None, spaces: Iterable[Space]) -> None:
        """Add a segment to an item. The vectors of its key must have been put into `spaces` before."""
        segment_id = self._insert(
            SegmentRow,
            item_id=item_id, medium_id=medium_id, channel=segment.channel, key=segment.key, start_s=segment.start_s,
            end_s=segment.end_s, page=segment.page, text=segment.text,
            boxes=[list(box) for box in segment.boxes] or None,
            times=[list(span) for span in segment.times] or None,
        )  # fmt: skip
        if segment.print is not None:
            values = {"method": segment.print.method, "key": segment.key, "data": segment.print.data}
            self._connection.execute(upsert(PrintRow).values(**values).on_conflict_do_nothing())
        if segment.key:
            self._log([(segment_id, segment.channel)], spaces, added=True)

    def _insert_item(self, draft: ItemDraft, held: int | None) -> int:
        return self._insert(
            ItemRow,
            **({} if held is None else {"id": held}),
            uri=draft.uri,
            kind=draft.kind,
            title=draft.title,
            path=str(draft.path),
            attributes=dict(draft.attributes),
            fingerprint=draft.fingerprint,
        )

    def _insert(self, table: type[Base], **values: object) -> int:
        key = self._connection.execute(insert(_table(table)), values).inserted_primary_key
        assert key is not None  # every table inserted into here has an integer key
        return int(key[0])

    def _log(self, segments: Sequence[tuple[int, str]], spaces: Iterable[Space], *, added: bool) -> None:
        rows = [
            {"space_id": self._space_ids[space], "channel": channel, "segment_id": segment_id, "added": added}
            for space in spaces
            for segment_id, channel in segments
        ]
        if rows:
            self._connection.execute(insert(_table(ChangeRow)), rows)

    def remove_items(self, uris: Iterable[str]) -> int:
        """Remove items by uri, with everything of theirs but the cached vectors; return how many there were."""
        removed = 0
        for chunk in chunks(uris):
            ids = list(self._connection.scalars(select(ItemRow.id).where(ItemRow.uri.in_(chunk))))
            if not ids:
                continue
            segments = self._connection.execute(
                select(SegmentRow.id, SegmentRow.channel).where(SegmentRow.item_id.in_(ids))
            ).all()
            self._log([(row.id, row.channel) for row in segments], self._space_ids, added=False)
            self._connection.execute(delete(SegmentRow).where(SegmentRow.item_id.in_(ids)))
            self._connection.execute(delete(ItemRow).where(ItemRow.id.in_(ids)))
            removed += len(ids)
        return removed

    def put_deciphered(self, content: str, reader: str, found: Deciphered) -> None:
        """Keep what a reader has made out in a content, or why it could not."""
        places = [as_json(inscription) for inscription in found.inscriptions]
        values = {"content": content, "reader": reader, "places": places, "problem": found.problem}
        self._connection.execute(
            upsert(InscriptionRow)
            .values(**values)
            .on_conflict_do_update(index_elements=["content", "reader"], set_=values)
        )

    def put_reading(
        self, medium: Unread, reader: str, segments: Iterable[SegmentDraft], spaces: Sequence[Space]
    ) -> None:
        """Note that a reader has been at a medium, and put what it found in place of what another had found."""
        table = SegmentRow.__table__
        former = (table.c.medium_id == medium.medium_id) & (table.c.channel == Channel.OCR)
        for segment_id in self._connection.scalars(select(table.c.id).where(former)).all():
            self._log([(segment_id, Channel.OCR)], self._space_ids, added=False)
        self._connection.execute(delete(SegmentRow).where(former))
        for segment in segments:
            self.put_segment(segment, medium.item_id, medium.medium_id, spaces)
        self._connection.execute(update(MediumRow).where(MediumRow.id == medium.medium_id).values(read_by=reader))

    def forget_problems(self) -> None:
        """Let what could not be read for its text be tried again."""
        failed = select(InscriptionRow.content).where(InscriptionRow.problem != "")
        self._connection.execute(update(MediumRow).where(MediumRow.content.in_(failed)).values(read_by=None))
        self._connection.execute(delete(InscriptionRow).where(InscriptionRow.problem != ""))

    def drop_unused_inscriptions(self) -> int:
        """Forget what was read in contents that no medium has any more; return how many."""
        used = select(MediumRow.content).where(MediumRow.content == InscriptionRow.content).exists()
        return self._connection.execute(delete(InscriptionRow).where(~used)).rowcount

    def put_vectors(self, space: Space, keys: Sequence[str], vectors: Matrix) -> None:
        """Cache encodings: row i of `vectors`, float32[n, space.dimension], is the encoding of `keys[i]`."""
        rows = [
            {"space_id": self._space_ids[space], "key": key, "data": row.tobytes()}
            for key, row in zip(keys, vectors.astype("<f2"), strict=True)
        ]
        if rows:
            self._connection.execute(upsert(VectorRow).on_conflict_do_nothing(), rows)

    def put_failure(self, failure: Failure) -> None:
        """Note that something could not be read. What it was before is no longer found."""
        self.remove_items([failure.uri])
        values = {
            "uri": failure.uri,
            "path": str(failure.path),
            "fingerprint": failure.fingerprint,
            "reason": failure.reason,
        }
        self._connection.execute(
            upsert(FailureRow).values(**values).on_conflict_do_update(index_elements=["uri"], set_=values)
        )

    def clear_failures(self, uris: Iterable[str]) -> None:
        for chunk in chunks(uris):
            self._connection.execute(delete(FailureRow).where(FailureRow.uri.in_(chunk)))

    def drop_unused_vectors(self) -> int:
        """Forget encodings that no segment has any more; return how many."""
        used = select(SegmentRow.key).where(SegmentRow.key == VectorRow.key).exists()
        return self._connection.execute(delete(VectorRow).where(~used)).rowcount

    def drop_unused_values(self) -> int:
        """Forget values of attributes that no item has any more; return how many."""
        return drop_unused_values(self._connection)

    def drop_unused_prints(self) -> int:
        """Forget what contents were known by that no segment has any more; return how many."""
        used = select(SegmentRow.key).where(SegmentRow.key == PrintRow.key).exists()
        return self._connection.execute(delete(PrintRow).where(~used)).rowcount

    def put_background(self, key: tuple[str, str, str], scores: Sequence[float], surprises: Sequence[float]) -> None:
        """Store the background of one (modality, channel, matcher)."""
        modality, channel, matcher = key
        values = {"scores": list(scores), "surprises": list(surprises)}
        self._connection.execute(
            upsert(BackgroundRow)
            .values(modality=modality, channel=channel, matcher=matcher, **values)
            .on_conflict_do_update(index_elements=["modality", "channel", "matcher"], set_=values)
        )

    def put_fact(self, name: str, value: str) -> None:
        self._connection.execute(
            upsert(FactRow)
            .values(name=name, value=value)
            .on_conflict_do_update(index_elements=["name"], set_={"value": value})
        )


def _pairs(draft: ItemDraft) -> tuple[Pair, ...]:
    durations = [medium.duration_s for medium in draft.media if medium.duration_s is not None]
    return pairs_of(draft.kind, draft.path, draft.attributes, max(durations, default=None))


def register_space(connection: Connection, space: Space) -> int:
    """The id of a space, which is added if the library has never seen it."""
    found = connection.scalar(
        select(SpaceRow.id).where(SpaceRow.name == space.name, SpaceRow.checksum == space.checksum)
    )
    if found is not None:
        return found
    values = {"name": space.name, "dimension": space.dimension, "checksum": space.checksum}
    key = connection.execute(insert(SpaceRow).values(**values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def _table(row: type[Base]) -> Table:
    """What to insert into: a statement made of the mapped class itself takes ten times as long to put together."""
    return cast(Table, row.__table__)
