"""Attributes as typed rows beside the JSON they come from, and a log of items for what follows them."""

from __future__ import annotations

import json
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from sensorium.catalogue.attributes import AttributeWriter, pairs_of

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _create_tables()
    _create_triggers()
    _fill(op.get_bind())


def _create_tables() -> None:
    op.create_table(
        "field",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("label", sa.String, nullable=False),
    )
    op.create_table(
        "value",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("field_id", sa.Integer, sa.ForeignKey("field.id"), nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("term", sa.String, nullable=False),
        sa.Column("number", sa.Float),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("start_s", sa.Float),
        sa.Column("end_s", sa.Float),
        sa.UniqueConstraint("field_id", "text"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "attribute",
        sa.Column("field_id", sa.Integer, sa.ForeignKey("field.id"), primary_key=True),
        sa.Column("item_id", sa.Integer, primary_key=True),
        sa.Column("value_id", sa.Integer, sa.ForeignKey("value.id"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "item_change",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("item_id", sa.Integer, nullable=False, unique=True),
        sqlite_autoincrement=True,
    )


def _create_triggers() -> None:
    for event, row in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")):
        op.execute(
            f"CREATE TRIGGER item_change_{event.lower()} AFTER {event} ON item BEGIN "
            f"REPLACE INTO item_change(item_id) VALUES ({row}.id); END"
        )
    for event, row in (("INSERT", "new"), ("DELETE", "old")):  # after its item's own change there is nothing to add
        op.execute(
            f"CREATE TRIGGER item_change_by_segment_{event.lower()} AFTER {event} ON segment "
            f"WHEN {row}.item_id IS NOT (SELECT item_id FROM item_change ORDER BY seq DESC LIMIT 1) BEGIN "
            f"REPLACE INTO item_change(item_id) VALUES ({row}.item_id); END"
        )
    op.execute(
        "CREATE TRIGGER attribute_removed AFTER DELETE ON item BEGIN "
        "DELETE FROM attribute WHERE field_id IN (SELECT id FROM field) AND item_id = old.id; END"
    )


def _fill(connection: sa.Connection) -> None:
    """The attributes of the items that are there already."""
    writer = AttributeWriter(connection)
    connection.execute(sa.text("INSERT INTO item_change(item_id) SELECT id FROM item ORDER BY id"))
    rows = connection.execute(
        sa.text(
            "SELECT item.id, kind, item.path, attributes, max(duration_s) FROM item "
            "LEFT JOIN medium ON medium.item_id = item.id GROUP BY item.id"
        )
    )
    for item_id, kind, path, attributes, duration_s in rows.all():
        writer.put(item_id, pairs_of(kind, Path(path), json.loads(attributes), duration_s))
