"""The files of a library's indexes, and beside each a note that says what it is and how far it has come.

The index is written first and the note last, so that the note never claims more than the file holds; applying a change
twice does no harm.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from sensorium.types import Channel, Space

NOTE_SUFFIX = ".json"
SHARE = 0.5
"""Of the machine's memory that is filled with indexes before anybody asks for them."""
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class IndexNote:
    """`seq` is the last change the file has applied; `bytes` and `mtime_ns` tell whether it is still as written."""

    library: str
    space: str
    channel: Channel
    kind: str
    seq: int
    count: int
    bytes: int
    mtime_ns: int

    def describes(self, path: Path) -> bool:
        """Whether the file is the one that was written with this note, so that its checksum need not be worked out."""
        found = path.stat()
        return (found.st_size, found.st_mtime_ns) == (self.bytes, self.mtime_ns)


class IndexFiles:
    """Where indexes and their notes lie."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, space: Space, channel: Channel, kind: str) -> Path:
        return self.folder / f"{self._stem(space, channel)}.{kind}"

    def note(self, space: Space, channel: Channel, library: str) -> IndexNote | None:
        """The note of an index; None where there is none that belongs to this library."""
        note = read_note(self._note_path(space, channel))
        return note if note is not None and note.library == library else None

    def write_note(self, note: IndexNote, space: Space, channel: Channel) -> None:
        """From now on, this is the index. Files of other kinds are removed."""
        write_text(self._note_path(space, channel), json.dumps(asdict(note)))
        for path in self.folder.glob(f"{self._stem(space, channel)}.*"):
            if path.suffix not in (NOTE_SUFFIX, f".{note.kind}"):
                path.unlink(missing_ok=True)

    def notes(self) -> Iterator[tuple[Path, IndexNote | None]]:
        """Every note there is, with None for those that cannot be read."""
        for path in sorted(self.folder.glob(f"*{NOTE_SUFFIX}")):
            yield path, read_note(path)

    def read_ahead(self) -> None:
        """Read through the files, the smallest first, so that the system holds them in memory as far as it has room.
        They are mapped, and the first queries would else wait for the disk, page by page."""
        stems = {path.stem for path in self.folder.glob(f"*{NOTE_SUFFIX}")}
        with suppress(OSError):  # a file may be replaced meanwhile
            paths = [path for path in self.folder.iterdir() if path.stem in stems]
            room = _memory() * SHARE
            for path in sorted(paths, key=lambda path: path.stat().st_size):
                room -= path.stat().st_size
                if room < 0:
                    return
                _read_through(path)

    def keep_only(self, checksums: Iterable[str]) -> None:
        """Remove the files of all spaces but those of these checksums."""
        kept = [f"-{checksum[:12]}-" for checksum in checksums]
        for path, _ in self.notes():
            if not any(mark in path.name for mark in kept):
                for file in self.folder.glob(f"{path.stem}.*"):
                    file.unlink(missing_ok=True)

    def _stem(self, space: Space, channel: Channel) -> str:
        name = space.name.replace("/", "_")  # of a repository: owner/model
        return f"{name}-{space.checksum[:12]}-{channel.value}"

    def _note_path(self, space: Space, channel: Channel) -> Path:
        return self.folder / f"{self._stem(space, channel)}{NOTE_SUFFIX}"


def _memory() -> int:
    """This machine's, in bytes; 0 where it does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows
        return 0


def _read_through(path: Path) -> None:
    piece = bytearray(_PIECE)
    with path.open("rb", buffering=0) as file:
        while file.readinto(piece):
            pass


def read_note(path: Path) -> IndexNote | None:
    try:
        fields = json.loads(path.read_text())
        return IndexNote(**fields | {"channel": Channel(fields["channel"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_text(path: Path, text: str) -> None:
    """At one stroke."""
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(text)
    temporary.replace(path)
