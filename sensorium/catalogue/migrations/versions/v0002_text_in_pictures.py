"""What is written in pictures: boxes of segments, and what a reader has made out, by content."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("segment", sa.Column("boxes", sa.JSON))
    op.add_column("medium", sa.Column("read_by", sa.String))
    op.create_table(
        "inscription",
        sa.Column("content", sa.String, primary_key=True),
        sa.Column("reader", sa.String, primary_key=True),
        sa.Column("places", sa.JSON, nullable=False),
        sa.Column("problem", sa.String, nullable=False),
    )
