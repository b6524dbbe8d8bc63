"""Alembic's entry: runs the migrations on the connection that `sensorium.catalogue.migrate` hands over."""

from __future__ import annotations

from alembic import context

from sensorium.catalogue.schema import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
