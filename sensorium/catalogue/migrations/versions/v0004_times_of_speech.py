"""When each line of a passage of speech was said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("segment", sa.Column("times", sa.JSON))
