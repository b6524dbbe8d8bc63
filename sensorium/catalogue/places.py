"""Where files lie. A path in the catalogue is absolute, or, for what the library holds itself, relative to its folder:
a library may be copied and moved.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

FETCHED = "fetched"
"""The folder of what was fetched from the web, in that of the library."""


def library_folder(connection: Connection) -> Path:
    """The folder that paths of the catalogue are relative to, if they are."""
    return Path(connection.engine.url.database or "").absolute().parent
