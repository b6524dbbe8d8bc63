"""Trigram indexes over names and over text read from pictures."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

CHANNELS = ("name", "ocr")


def upgrade() -> None:
    for channel in CHANNELS:
        table = f"letters_{channel}"
        # Without places (detail=none) it is a third as large; LIKE looks into the text of what it finds anyway.
        op.execute(
            f"CREATE VIRTUAL TABLE {table} USING fts5("
            "text, content='segment', content_rowid='id', tokenize='trigram', detail='none')"
        )
        op.execute(
            f"CREATE TRIGGER {table}_added AFTER INSERT ON segment WHEN new.channel = '{channel}' BEGIN "
            f"INSERT INTO {table}(rowid, text) VALUES (new.id, new.text); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_removed AFTER DELETE ON segment WHEN old.channel = '{channel}' BEGIN "
            f"INSERT INTO {table}({table}, rowid, text) VALUES ('delete', old.id, old.text); END"
        )
        op.execute(f"INSERT INTO {table}(rowid, text) SELECT id, text FROM segment WHERE channel = '{channel}'")
