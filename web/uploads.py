"""Uploaded examples: on disk for as long as one request lasts."""

from __future__ import annotations

import mimetypes
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sensorium.errors import QueryError

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage, MultiDict

FIELDS = ("image", "audio", "video", "file")
"""Names of the upload fields. What is in `file` tells by its own media type what it is."""

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a request. `name` is what the sender called it and is never part of `path`."""

    family: str
    name: str
    mime: str
    path: Path
    weight: str


@contextmanager
def kept(files: MultiDict[str, FileStorage], fields: MultiDict[str, str]) -> Iterator[list[Upload]]:
    """The files of `FIELDS` in a temporary folder that is removed at the end, whatever happens in between.

    The weight of the i-th file of a field is the i-th value of `weight_<field>`, 1 where there is none.
    Raises `QueryError` for an empty file and for a field of another name.
    """
    unknown = sorted(set(files) - set(FIELDS))
    if unknown:
        raise QueryError(f"No upload field is named {unknown[0]!r}. Known: {', '.join(FIELDS)}.")
    with TemporaryDirectory(prefix="sensorium-", ignore_cleanup_errors=True) as folder:
        yield list(_saved(files, fields, Path(folder)))


def _saved(files: MultiDict[str, FileStorage], fields: MultiDict[str, str], folder: Path) -> Iterator[Upload]:
    count: Counter[str] = Counter()
    for field, file in files.items(multi=True):
        if not file.filename:  # a form's file field that was left empty
            continue
        path = folder / f"{sum(count.values())}{_suffix(file)}"
        file.save(path)
        if path.stat().st_size == 0:
            raise QueryError(f"The uploaded file {file.filename!r} is empty.")
        weights = fields.getlist(f"weight_{field}")
        weight = weights[count[field]] if count[field] < len(weights) else "1"
        count[field] += 1
        yield Upload(family=field, name=file.filename, mime=_mime(file), path=path, weight=weight)


def _mime(file: FileStorage) -> str:
    """The declared media type; by the file's name where the sender did not know (browsers do not know every type)."""
    if file.mimetype and file.mimetype != "application/octet-stream":
        return file.mimetype
    return mimetypes.guess_type(file.filename or "")[0] or file.mimetype


def _suffix(file: FileStorage) -> str:
    suffix = Path(file.filename or "").suffix
    if _SUFFIX.fullmatch(suffix):
        return suffix.lower()
    return mimetypes.guess_extension(file.mimetype) or ""
