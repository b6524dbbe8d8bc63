"""What recordings and pictures are known again by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "print",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("method", sa.String, nullable=False, index=True),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("method", "key"),
        sqlite_autoincrement=True,
    )
    # Prints are made of the media themselves: the next indexing reads them again. Their encodings are kept.
    op.execute("UPDATE item SET fingerprint = '' WHERE kind IN ('picture', 'recording', 'film', 'product')")
