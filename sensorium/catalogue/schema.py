"""The tables of a library. The catalogue is the truth: whatever else lies in a library can be made again from it.

Full-text tables (SQLite FTS5) are made by the migrations, one for each text channel, kept in step by triggers.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, LargeBinary, String, Table, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class FactRow(Base):
    """What is true of the library as a whole: its id, its profile."""

    __tablename__ = "fact"

    name: Mapped[str] = mapped_column(String, primary_key=True)
    value: Mapped[str] = mapped_column(String)


class ItemRow(Base):
    """An item. `uri` is its identity: a path, or a feed's path and the row's key after `#`.

    `fingerprint` is what a scan compares to see whether the item must be read again.
    """

    __tablename__ = "item"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    uri: Mapped[str] = mapped_column(String, unique=True)
    kind: Mapped[str] = mapped_column(String, index=True)
    title: Mapped[str] = mapped_column(String)
    path: Mapped[str] = mapped_column(String, index=True)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON)
    fingerprint: Mapped[str] = mapped_column(String)


class FieldRow(Base):
    """An attribute that items have: `name` as in queries, `label` as it came."""

    __tablename__ = "field"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String, unique=True)
    label: Mapped[str] = mapped_column(String)


class ValueRow(Base):
    """A distinct value of a field, and what it is compared as: see `sensorium.catalogue.values.Value`."""

    __tablename__ = "value"
    __table_args__ = (UniqueConstraint("field_id", "text"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    field_id: Mapped[int] = mapped_column(ForeignKey("field.id"))
    text: Mapped[str] = mapped_column(String)
    term: Mapped[str] = mapped_column(String)
    number: Mapped[float | None] = mapped_column(Float)
    unit: Mapped[str] = mapped_column(String)
    start_s: Mapped[float | None] = mapped_column(Float)
    end_s: Mapped[float | None] = mapped_column(Float)


class AttributeRow(Base):
    """An item's value of a field. Lies in the order of its key, so that a whole field is read in one sweep.

    A trigger removes an item's rows with it: a foreign key would look through the whole table each time.
    """

    __tablename__ = "attribute"
    __table_args__ = {"sqlite_with_rowid": False}

    field_id: Mapped[int] = mapped_column(ForeignKey("field.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(primary_key=True)
    value_id: Mapped[int] = mapped_column(ForeignKey("value.id"), primary_key=True)


class ItemChangeRow(Base):
    """The last change of every item there has ever been, its segments' included: what the columns of attributes and
    segments follow. Kept by triggers."""

    __tablename__ = "item_change"
    __table_args__ = {"sqlite_autoincrement": True}

    seq: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(unique=True)


class MediumRow(Base):
    """A media file of an item. `content` is the sha256 of its bytes: a cache key, never an identity.

    `read_by` names the reader of text in pictures whose findings are among the item's segments, if any has been at it.
    """

    __tablename__ = "medium"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), index=True)
    ordinal: Mapped[int]
    path: Mapped[str] = mapped_column(String, index=True)
    mime: Mapped[str] = mapped_column(String)
    content: Mapped[str] = mapped_column(String, index=True)
    width: Mapped[int | None]
    height: Mapped[int | None]
    duration_s: Mapped[float | None] = mapped_column(Float)
    read_by: Mapped[str | None] = mapped_column(String)


class SegmentRow(Base):
    """A segment. `key` names what was encoded, so that equal content is encoded once."""

    __tablename__ = "segment"
    __table_args__ = (Index("ix_segment_channel_item", "channel", "item_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), index=True)
    medium_id: Mapped[int | None] = mapped_column(ForeignKey("medium.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String)
    key: Mapped[str] = mapped_column(String, index=True)
    start_s: Mapped[float | None] = mapped_column(Float)
    end_s: Mapped[float | None] = mapped_column(Float)
    page: Mapped[int | None]
    text: Mapped[str | None] = mapped_column(String)
    boxes: Mapped[list[list[float]] | None] = mapped_column(JSON(none_as_null=True))
    times: Mapped[list[list[float]] | None] = mapped_column(JSON(none_as_null=True))


def _kept(table: Any, *extra: Column[Any]) -> Table:
    """A table of the same columns, for rows that have left the first one and may come back. Ids are those they had."""
    copies = [Column(c.name, c.type, primary_key=c.primary_key, nullable=c.nullable) for c in table.columns]
    return Table(f"removed_{table.name}", Base.metadata, *copies, *extra)


REMOVED_ITEM = _kept(ItemRow.__table__, Column("removed_at", Float, nullable=False))
"""Items that have vanished, by the uri they had, so that they come back as what they were: with their ids, and without
being read or encoded again. `removed_at` is in seconds since 1970."""
REMOVED_MEDIUM = _kept(MediumRow.__table__)
REMOVED_SEGMENT = _kept(SegmentRow.__table__)
Index("ix_removed_item_uri", REMOVED_ITEM.c.uri, unique=True)
Index("ix_removed_medium_item_id", REMOVED_MEDIUM.c.item_id)
Index("ix_removed_medium_content", REMOVED_MEDIUM.c.content)
Index("ix_removed_segment_item_id", REMOVED_SEGMENT.c.item_id)
Index("ix_removed_segment_key", REMOVED_SEGMENT.c.key)


class InscriptionRow(Base):
    """What a reader has made out in one content, so that no copy and no rename costs a second reading.

    `places` are those of `Inscription`; `problem` says why it could not be read; it is empty where it could.
    """

    __tablename__ = "inscription"

    content: Mapped[str] = mapped_column(String, primary_key=True)
    reader: Mapped[str] = mapped_column(String, primary_key=True)
    places: Mapped[list[Any]] = mapped_column(JSON)
    problem: Mapped[str] = mapped_column(String)


class SpaceRow(Base):
    """An embedding space that the library holds vectors of."""

    __tablename__ = "space"
    __table_args__ = (UniqueConstraint("name", "checksum"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String)
    dimension: Mapped[int]
    checksum: Mapped[str] = mapped_column(String)


class VectorRow(Base):
    """The encoding of one content in one space: float16[dimension], little endian."""

    __tablename__ = "vector"

    space_id: Mapped[int] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String, primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class PrintRow(Base):
    """What one content is known again by. Ids rise and are never used twice: indexes follow them like a log."""

    __tablename__ = "print"
    __table_args__ = (UniqueConstraint("method", "key"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    method: Mapped[str] = mapped_column(String, index=True)
    key: Mapped[str] = mapped_column(String)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ChangeRow(Base):
    """The log that vector indexes follow: segment so-and-so came into a space or left it."""

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_space_channel_seq", "space_id", "channel", "seq"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(primary_key=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("space.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String)
    segment_id: Mapped[int]
    added: Mapped[bool]


class FailureRow(Base):
    """A file or feed row that could not be read, and why. Gone when it is read after all, or vanishes."""

    __tablename__ = "failure"

    uri: Mapped[str] = mapped_column(String, primary_key=True)
    path: Mapped[str] = mapped_column(String)
    fingerprint: Mapped[str] = mapped_column(String)
    reason: Mapped[str] = mapped_column(String)


class FetchedRow(Base):
    """What an address on the web gave when it was last fetched. `file` is its name in the library's folder `fetched`,
    empty where its bytes have been let go; by `etag` and `modified` its server is asked whether it has changed.
    """

    __tablename__ = "fetched"

    url: Mapped[str] = mapped_column(String, primary_key=True)
    content: Mapped[str] = mapped_column(String)
    file: Mapped[str] = mapped_column(String)
    size: Mapped[int]
    etag: Mapped[str] = mapped_column(String)
    modified: Mapped[str] = mapped_column(String)
    fetched_at: Mapped[float] = mapped_column(Float)


class RefusalRow(Base):
    """The address of a product's picture that gave none, so many `times` in a row; not asked for before `again_at`,
    seconds since 1970."""

    __tablename__ = "refused"

    url: Mapped[str] = mapped_column(String, primary_key=True)
    times: Mapped[int]
    again_at: Mapped[float] = mapped_column(Float)
    reason: Mapped[str] = mapped_column(String)


class BackgroundRow(Base):
    """Scores that unrelated queries get from one channel: what calibration measures a score against."""

    __tablename__ = "background"

    modality: Mapped[str] = mapped_column(String, primary_key=True)
    channel: Mapped[str] = mapped_column(String, primary_key=True)
    matcher: Mapped[str] = mapped_column(String, primary_key=True)
    scores: Mapped[list[float]] = mapped_column(JSON)
    surprises: Mapped[list[float]] = mapped_column(JSON)
