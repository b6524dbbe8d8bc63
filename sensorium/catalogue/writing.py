"""Everything that changes the catalogue. One transaction holds whole items: no crash leaves half of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from sensorium.types import Channel, Space

from . import fetched, refusals
from .attributes import drop_unused_values
from .drafts import Deciphered, Failure, FetchRecord, Refusal, SegmentDraft, Unread
from .inscriptions import as_json
from .item_writing import ItemWriter
from .schema import (
    REMOVED_MEDIUM,
    REMOVED_SEGMENT,
    BackgroundRow,
    FactRow,
    FailureRow,
    InscriptionRow,
    MediumRow,
    PrintRow,
    SegmentRow,
    SpaceRow,
    VectorRow,
)

if TYPE_CHECKING:
    from sensorium.types import Matrix


class Writer(ItemWriter):
    """Writes on one open transaction. Made by `Library.writing`, never kept past it."""

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
        self._remove_segments((table.c.medium_id == medium.medium_id) & (table.c.channel == Channel.OCR))
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
        kept = select(REMOVED_MEDIUM.c.content).where(REMOVED_MEDIUM.c.content == InscriptionRow.content).exists()
        return self._connection.execute(delete(InscriptionRow).where(~used, ~kept)).rowcount

    def put_vectors(self, space: Space, keys: Sequence[str], vectors: Matrix) -> None:
        """Cache encodings: row i of `vectors`, float32[n, space.dimension], is the encoding of `keys[i]`."""
        rows = [
            {"space_id": self._space_ids[space], "key": key, "data": row.tobytes()}
            for key, row in zip(keys, vectors.astype("<f2"), strict=True)
        ]
        if rows:
            self._connection.execute(upsert(VectorRow).on_conflict_do_nothing(), rows)

    def put_failure(self, failure: Failure) -> None:
        """Note that something could not be read. What it was before is no longer found, unless it is `kept`."""
        if not failure.kept:
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

    def put_fetched(self, record: FetchRecord) -> None:
        """Note what an address gave."""
        fetched.put(self._connection, record)

    def put_refusal(self, refusal: Refusal) -> None:
        """Note that an address gave no picture."""
        refusals.put(self._connection, refusal)

    def clear_refusals(self, urls: Iterable[str]) -> None:
        """Forget that these gave none."""
        refusals.clear(self._connection, urls)

    def let_fetched_go(self, max_bytes: int, spared: Set[str]) -> list[str]:
        """Of what was fetched hold no more than so many bytes, the latest and those `spared`. Returns the names of the
        other files, for the caller to remove.
        """
        return fetched.let_go(self._connection, max_bytes, spared)

    def drop_unused_fetched(self) -> None:
        """Forget what was fetched for items that are no more and will not come back."""
        fetched.drop_unused(self._connection)
        refusals.drop_unused(self._connection)

    def drop_unused_vectors(self) -> int:
        """Forget encodings that no segment has any more; return how many."""
        return self._connection.execute(delete(VectorRow).where(unused_vectors())).rowcount

    def drop_unused_values(self) -> int:
        """Forget values of attributes that no item has any more; return how many."""
        return drop_unused_values(self._connection)

    def drop_unused_prints(self) -> int:
        """Forget what contents were known by that no segment has any more; return how many."""
        used = select(SegmentRow.key).where(SegmentRow.key == PrintRow.key).exists()
        kept = select(REMOVED_SEGMENT.c.key).where(REMOVED_SEGMENT.c.key == PrintRow.key).exists()
        return self._connection.execute(delete(PrintRow).where(~used, ~kept)).rowcount

    def drop_unused(self) -> None:
        """Forget everything that is kept for segments, media and items that are no more and cannot come back."""
        self.drop_unused_vectors()
        self.drop_unused_inscriptions()
        self.drop_unused_values()
        self.drop_unused_prints()

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


def unused_vectors() -> ColumnElement[bool]:
    """Of a row of vectors: whether no segment has its key, not even one that has vanished and may come back."""
    used = select(SegmentRow.key).where(SegmentRow.key == VectorRow.key).exists()
    kept = select(REMOVED_SEGMENT.c.key).where(REMOVED_SEGMENT.c.key == VectorRow.key).exists()
    return ~used & ~kept


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
