"""Checks of files: thumbnails against media, leftovers of crashes, and the media themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from sqlalchemy import select, text

from sensorium.catalogue import follow
from sensorium.catalogue.places import FETCHED
from sensorium.catalogue.schema import REMOVED_MEDIUM
from sensorium.catalogue.writing import Writer

from .patient import Patient
from .report import Finding, Grade, examples

_THUMBNAILS = (".jpg", ".webp")
_FINGERPRINT = re.compile(r"(\d+):(\d+)")  # size and time of change, as indexing notes them


def check_leftovers(patient: Patient) -> Iterator[Finding]:
    """Files that a crash left half written."""
    ours = (patient.folder / "vectors", patient.folder / "thumbs", patient.folder / FETCHED)
    found = [p for folder in ours for pattern in ("*.tmp", ".*.part") for p in folder.rglob(pattern) if p.is_file()]
    if found:
        yield _sweepable("leftovers", found, f"{len(found)} files were left half written by a crash.")


def check_thumbnails(patient: Patient) -> Iterator[Finding]:
    """Thumbnails of nothing, and pictures without one."""
    with patient.reading() as connection:
        rows = connection.execute(text("SELECT DISTINCT content, mime FROM medium")).all()
        waiting = set(
            connection.scalars(
                text("SELECT content FROM medium JOIN item ON item.id = medium.item_id WHERE item.fingerprint = ''")
            )
        )
        kept = connection.scalars(select(REMOVED_MEDIUM.c.content)).all()  # of items that may come back
    contents = {*kept, *(content for content, _ in rows)}
    orphans = [
        path
        for path in (patient.folder / "thumbs").rglob("*")
        if path.is_file() and path.suffix in _THUMBNAILS and path.stem.partition("@")[0] not in contents
    ]
    if orphans:
        yield _sweepable("thumbnails", orphans, f"{len(orphans)} thumbnails belong to no medium any more.")
    pictures = {content for content, mime in rows if mime.startswith("image/")} - waiting
    bare = sorted(content for content in pictures if not patient.library.thumbnail_path(content).is_file())
    if bare:
        yield Finding(
            "thumbnails", Grade.FAULT, len(bare), f"{len(bare)} pictures have no thumbnail.", examples(bare),
            mend=partial(_read_contents_again, contents=bare),
        )  # fmt: skip


def check_waiting(patient: Patient) -> Iterator[Finding]:
    """Items that are to be read again, for what they lack."""
    with patient.reading() as connection:
        paths = list(connection.scalars(text("SELECT path FROM item WHERE fingerprint = '' ORDER BY id")))
    if paths:
        yield Finding(
            "waiting", Grade.NOTE, len(paths), f"{len(paths)} items wait to be read again.", examples(paths),
            "Run `sensorium index` on their folders.",
        )  # fmt: skip


def check_media(patient: Patient) -> Iterator[Finding]:
    """Whether the files are there, and as they were when they were read."""
    with patient.reading() as connection:
        rows = connection.execute(
            text(
                "SELECT item.uri, item.path, item.fingerprint, medium.path, medium.content FROM item "
                "JOIN medium ON medium.item_id = item.id ORDER BY medium.id"
            )
        ).all()
        let_go = set(connection.scalars(text("SELECT content FROM fetched WHERE file = ''")))  # for want of room
    gone: list[tuple[str, str]] = []
    away: list[tuple[str, str]] = []
    changed: list[str] = []
    for uri, item_path, fingerprint, medium_path, content in rows:
        path = patient.folder / medium_path  # absolute, unless it is the library's own
        try:
            found = path.stat()
        except OSError:
            if content in let_go and medium_path.startswith(f"{FETCHED}/"):
                continue
            (gone if _folder_is_there(path) else away).append((uri, medium_path))
            continue
        noted = _FINGERPRINT.match(fingerprint) if item_path == medium_path else None
        if noted and noted.groups() != (str(found.st_size), str(found.st_mtime_ns)):
            changed.append(medium_path)
    if gone:
        whole = sorted({uri for uri, path in gone if uri == path})
        yield Finding(
            "media", Grade.NOTE, len(gone), f"{len(gone)} media files are gone from folders that are still there.",
            examples([path for _, path in gone]), "Rows of feeds stay until the feed is indexed again.",
            partial(_forget, uris=whole) if whole else None,
        )  # fmt: skip
    if away:
        yield Finding(
            "media", Grade.NOTE, len(away), f"{len(away)} media files lie in folders that are not there now.",
            examples([path for _, path in away]), "If it is a drive, connect it. Nothing is forgotten for this.",
        )  # fmt: skip
    if changed:
        yield Finding(
            "media", Grade.NOTE, len(changed), f"{len(changed)} media files have changed since they were read.",
            examples(changed), "Run `sensorium index` on their folders.",
        )  # fmt: skip


def _folder_is_there(path: Path) -> bool:
    """Whether the folder of a file can be listed and holds something: an empty one may be a drive's mount point."""
    try:
        return next(path.parent.iterdir(), None) is not None
    except OSError:
        return False


def _sweepable(check: str, paths: list[Path], says: str) -> Finding:
    names = [path.name for path in paths]
    return Finding(check, Grade.NOTE, len(paths), says, examples(names), mend=partial(_sweep, paths=paths))


def _sweep(_patient: Patient, *, paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _read_contents_again(patient: Patient, *, contents: list[str]) -> None:
    with patient.changing() as connection:
        for content in contents:
            connection.execute(
                text("UPDATE item SET fingerprint = '' WHERE id IN (SELECT item_id FROM medium WHERE content = :it)"),
                {"it": content},
            )


def _forget(patient: Patient, *, uris: list[str]) -> None:

    with patient.changing() as connection:
        Writer(connection, follow.spaces(connection)).remove_items(uris)
