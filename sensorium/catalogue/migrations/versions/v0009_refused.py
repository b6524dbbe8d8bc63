"""Pictures of products that did not come, so that they are not asked for in every run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "refused",
        sa.Column("url", sa.String, primary_key=True),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("again_at", sa.Float, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
    )
