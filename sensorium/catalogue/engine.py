"""Opens the database of a library and brings its schema up to date."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError

from sensorium.errors import LibraryError, LibraryMismatch

SCHEMA_REVISION = "0009"
"""The newest revision below `migrations/versions/`. A test keeps the two equal."""

READERS = 32
"""Connections that are kept open, as many as the service has threads; each is made when it is first needed."""


def connect(database: Path) -> Engine:
    """An engine on the SQLite file, in WAL mode: readers never wait for the writer, nor it for them.

    A file in a folder that cannot be written is read as it is.
    """
    if _lies_still(database):
        return create_engine(f"sqlite:///{database}", creator=lambda: _connect_to_read(database))
    engine = create_engine(f"sqlite:///{database}", connect_args={"timeout": 30}, pool_size=READERS)
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _lies_still(database: Path) -> bool:
    """Whether nobody can change the file. Even to read in WAL mode, SQLite must write beside it, unless it knows that.

    A log beside the file tells of a writer with more rights than this process, whom one must reckon with.
    """
    if not database.is_file() or os.access(database.parent, os.W_OK):
        return False
    return not database.with_name(f"{database.name}-wal").exists()


def _connect_to_read(database: Path) -> sqlite3.Connection:
    uri = f"file:{quote(str(database.absolute()))}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, check_same_thread=False)  # the pool hands it from thread to thread


def _set_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")  # in WAL mode a crash loses no committed page, only a power cut may
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def schema_revision(engine: Engine) -> str | None:
    """The revision the database is at; None for an empty one.

    Raises `LibraryError` for a file that is no database.
    """
    try:
        if not inspect(engine).has_table("alembic_version"):
            return None
        with engine.connect() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DatabaseError as error:
        raise LibraryError(
            f"{engine.url.database} cannot be read as a library ({error.orig}). Restore it from a copy, or index anew."
        ) from error


def migrate(engine: Engine) -> None:
    """Bring the schema to `SCHEMA_REVISION`, in one transaction. Raises `LibraryMismatch` for a newer one."""
    revision = schema_revision(engine)
    if revision == SCHEMA_REVISION:
        return
    if revision is not None and revision > SCHEMA_REVISION:
        raise _mismatch(engine, revision)
    from alembic import command  # a tenth of a second to import, and needed only when the schema changes
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def require_current(engine: Engine) -> None:
    """Raises `LibraryMismatch` unless the database stands at this program's revision."""
    revision = schema_revision(engine)
    if revision != SCHEMA_REVISION:
        raise _mismatch(engine, revision)


def _mismatch(engine: Engine, revision: str | None) -> LibraryMismatch:
    return LibraryMismatch(
        f"{engine.url.database} has schema {revision or 'none'}, this program reads {SCHEMA_REVISION}. "
        "If the library is older, `sensorium index` upgrades it; if it is newer, upgrade Sensorium."
    )
