"""What was fetched from the web, so that it need not be sent again where it has not changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "fetched",
        sa.Column("url", sa.String, primary_key=True),
        sa.Column("content", sa.String, nullable=False),
        sa.Column("file", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("etag", sa.String, nullable=False),
        sa.Column("modified", sa.String, nullable=False),
        sa.Column("fetched_at", sa.Float, nullable=False),
    )
