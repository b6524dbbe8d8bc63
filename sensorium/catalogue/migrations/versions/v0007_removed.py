"""Tables that keep what has vanished, for as long as it may come back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "removed_item",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("uri", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("attributes", sa.JSON, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("removed_at", sa.Float, nullable=False),
        sa.Index("ix_removed_item_uri", "uri", unique=True),
    )
    op.create_table(
        "removed_medium",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("item_id", sa.Integer, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("mime", sa.String, nullable=False),
        sa.Column("content", sa.String, nullable=False),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("duration_s", sa.Float),
        sa.Column("read_by", sa.String),
        sa.Index("ix_removed_medium_item_id", "item_id"),
        sa.Index("ix_removed_medium_content", "content"),
    )
    op.create_table(
        "removed_segment",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("item_id", sa.Integer, nullable=False),
        sa.Column("medium_id", sa.Integer),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("start_s", sa.Float),
        sa.Column("end_s", sa.Float),
        sa.Column("page", sa.Integer),
        sa.Column("text", sa.String),
        sa.Column("boxes", sa.JSON),
        sa.Column("times", sa.JSON),
        sa.Index("ix_removed_segment_item_id", "item_id"),
        sa.Index("ix_removed_segment_key", "key"),
    )
