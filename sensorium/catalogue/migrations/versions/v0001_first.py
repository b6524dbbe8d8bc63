"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT_CHANNELS = ("text", "speech", "ocr", "name")


def upgrade() -> None:
    _create_tables()
    for channel in TEXT_CHANNELS:
        _create_full_text(channel)


def _create_tables() -> None:
    op.create_table(
        "fact", sa.Column("name", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False)
    )
    op.create_table(
        "item",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("uri", sa.String, nullable=False, unique=True),
        sa.Column("kind", sa.String, nullable=False, index=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("path", sa.String, nullable=False, index=True),
        sa.Column("attributes", sa.JSON, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "medium",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("item.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("path", sa.String, nullable=False, index=True),
        sa.Column("mime", sa.String, nullable=False),
        sa.Column("content", sa.String, nullable=False, index=True),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("duration_s", sa.Float),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "segment",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("item.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("medium_id", sa.Integer, sa.ForeignKey("medium.id", ondelete="CASCADE")),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False, index=True),
        sa.Column("start_s", sa.Float),
        sa.Column("end_s", sa.Float),
        sa.Column("page", sa.Integer),
        sa.Column("text", sa.String),
        sa.Index("ix_segment_channel_item", "channel", "item_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "space",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("dimension", sa.Integer, nullable=False),
        sa.Column("checksum", sa.String, nullable=False),
        sa.UniqueConstraint("name", "checksum"),
    )
    op.create_table(
        "vector",
        sa.Column("space_id", sa.Integer, sa.ForeignKey("space.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    _create_bookkeeping()


def _create_bookkeeping() -> None:
    op.create_table(
        "change",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("space_id", sa.Integer, sa.ForeignKey("space.id", ondelete="CASCADE"), nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("segment_id", sa.Integer, nullable=False),
        sa.Column("added", sa.Boolean, nullable=False),
        sa.Index("ix_change_space_channel_seq", "space_id", "channel", "seq"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "failure",
        sa.Column("uri", sa.String, primary_key=True),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
    )
    op.create_table(
        "background",
        sa.Column("modality", sa.String, primary_key=True),
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("matcher", sa.String, primary_key=True),
        sa.Column("scores", sa.JSON, nullable=False),
        sa.Column("surprises", sa.JSON, nullable=False),
    )


def _create_full_text(channel: str) -> None:
    """Words of one channel, so that rarity and length are measured among its own kind.

    External content: the text itself stands in `segment` only.
    """
    table = f"words_{channel}"
    op.execute(
        f"CREATE VIRTUAL TABLE {table} USING fts5("
        "text, content='segment', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2')"
    )
    op.execute(
        f"CREATE TRIGGER {table}_added AFTER INSERT ON segment WHEN new.channel = '{channel}' BEGIN "
        f"INSERT INTO {table}(rowid, text) VALUES (new.id, new.text); END"
    )
    op.execute(
        f"CREATE TRIGGER {table}_removed AFTER DELETE ON segment WHEN old.channel = '{channel}' BEGIN "
        f"INSERT INTO {table}({table}, rowid, text) VALUES ('delete', old.id, old.text); END"
    )
