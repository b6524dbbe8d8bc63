"""Changing a library: one writer at a time, every change a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from sensorium.catalogue import facts, follow, inscriptions, known, removal
from sensorium.catalogue.drafts import Deciphered, Failure, ItemDraft, Unread
from sensorium.catalogue.known import Known
from sensorium.catalogue.writing import Writer, register_space
from sensorium.storage import plain_errors, replace_file
from sensorium.types import Space

if TYPE_CHECKING:
    from sensorium.library import Library


class LibraryWriter:
    """Changes a library, batch by batch. Every method is one transaction: all of it happens, or nothing."""

    def __init__(self, library: Library, engine: Engine) -> None:
        self._library = library
        self._engine = engine

    @contextmanager
    def transaction(self, spaces: Sequence[Space] = ()) -> Iterator[Writer]:
        """A `Writer` that knows `spaces` beside those the library has."""
        with plain_errors(self._library.folder), self._engine.begin() as connection:
            ids = follow.spaces(connection)
            for space in spaces:
                ids.setdefault(space, register_space(connection, space))
            yield Writer(connection, ids)

    def put_thumbnails(self, draft: ItemDraft) -> None:
        """Written before the item is: a crash between the two leaves a file too many, never one too few."""
        with plain_errors(self._library.folder):
            for medium in draft.media:
                if medium.thumbnail is not None:
                    replace_file(self._library.thumbnail_path(medium.content), medium.thumbnail)
            for segment in draft.segments:
                if segment.still is not None and segment.medium is not None and segment.start_s is not None:
                    content = draft.media[segment.medium].content
                    replace_file(self._library.still_path(content, segment.start_s), segment.still)

    def fact(self, name: str) -> str | None:
        """A fact about the library as a whole; None where there is none of that name."""
        with self._engine.connect() as connection:
            return facts.fact(connection, name)

    def known(self, uris: Iterable[str]) -> dict[str, Known]:
        """Those of `uris` that the library has read or tried to."""
        with self._engine.connect() as connection:
            return known.known(connection, uris)

    def everything_known(self) -> Iterator[tuple[str, Known]]:
        """Everything the library has read or tried to, with its uri."""
        with self._engine.connect() as connection:
            yield from known.everything(connection)

    def failed(self) -> Iterator[Failure]:
        """Everything that could not be read, in order of the uris."""
        with self._engine.connect() as connection:
            yield from known.failed(connection)

    def contents(self, uris: Iterable[str]) -> dict[str, str]:
        """uri → sha256 of those among `uris` that are items of one file."""
        with self._engine.connect() as connection:
            return known.contents(connection, uris)

    def product_media(self) -> Iterator[str]:
        """Paths of all media that belong to products."""
        with self._engine.connect() as connection:
            yield from known.product_media(connection)

    def vanished_files(self) -> Iterator[tuple[str, str, str, str]]:
        """(uri, path, fingerprint, sha256) of every item of one file that has vanished and may come back."""
        with self._engine.connect() as connection:
            yield from removal.kept_files(connection)

    def draft_of_content(self, content: str) -> ItemDraft | None:
        """The item of one file of this sha256, here or vanished; None where the library never had one."""
        with self._engine.connect() as connection:
            return removal.draft_of_content(connection, content)

    def count_unread(self, reader: str) -> int:
        """How many media there are that may hold text and that this reader has not been at."""
        with self._engine.connect() as connection:
            return inscriptions.count_unread(connection, reader)

    def unread(self, reader: str) -> Iterator[Unread]:
        """Those media, in the order in which they were written."""
        after = 0
        while True:
            with self._engine.connect() as connection:
                found = inscriptions.unread(connection, reader, after)
            yield from found
            if not found:
                return
            after = found[-1].medium_id

    def deciphered(self, content: str, reader: str) -> Deciphered | None:
        """What this reader has made out in a content; None where it never tried."""
        with self._engine.connect() as connection:
            return inscriptions.deciphered(connection, content, reader)

    def keys_with_vectors(self, space: Space, keys: Sequence[str]) -> set[str]:
        """Those of `keys` that have been encoded into the space already."""
        with self._engine.connect() as connection:
            space_id = follow.space_id(connection, space.name, space.checksum)
            return set() if space_id is None else known.keys_with_vectors(connection, space_id, keys)
