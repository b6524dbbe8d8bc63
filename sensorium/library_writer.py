"""Changing a library: one writer at a time, every change a transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, text

from sensorium.catalogue import facts, fetched, follow, inscriptions, known, refusals, removal
from sensorium.catalogue import spaces as vector_spaces
from sensorium.catalogue.drafts import Deciphered, Failure, FetchRecord, ItemDraft, Refusal, Unread
from sensorium.catalogue.known import Known
from sensorium.catalogue.refusals import PutOff
from sensorium.catalogue.rows import CHUNK
from sensorium.catalogue.writing import Writer, register_space
from sensorium.storage import plain_errors, replace_file
from sensorium.types import Channel, Space

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

    def fetched(self, urls: Iterable[str]) -> dict[str, FetchRecord]:
        """What is noted of those of `urls` that have been fetched."""
        with self._engine.connect() as connection:
            return fetched.records(connection, urls)

    def refusals(self, urls: Iterable[str]) -> dict[str, Refusal]:
        """What is noted of those of `urls` that gave no picture when they were last asked for."""
        with self._engine.connect() as connection:
            return refusals.refusals(connection, urls)

    def put_off(self) -> PutOff:
        """What is left alone at this moment, since it did not come."""
        with self._engine.connect() as connection:
            return refusals.put_off(connection)

    def fetched_files(self) -> set[str]:
        """Names of all files in the library's folder `fetched` that something stands on."""
        with self._engine.connect() as connection:
            return fetched.files(connection)

    def fingerprints(self, uris: Iterable[str]) -> dict[str, str]:
        """uri → fingerprint of those that are items now, whatever has failed since."""
        with self._engine.connect() as connection:
            return fetched.fingerprints(connection, uris)

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

    def draft_of_item(self, item_id: int) -> ItemDraft | None:
        """An item as it stands, with all its segments; None where there is none of this id."""
        with self._engine.connect() as connection:
            return removal.draft_of_item(connection, item_id)

    def draft_of_uri(self, uri: str) -> ItemDraft | None:
        """The same, by its uri."""
        with self._engine.connect() as connection:
            return removal.draft_of_uri(connection, uri)

    def items_lacking(self, spaces: Mapping[Channel, Sequence[Space]]) -> Iterator[int]:
        """Ids, rising, of items that lack a vector in one of the spaces of their segments' channels."""
        wanted, after = self._wanted(spaces), 0
        while True:
            with self._engine.connect() as connection:
                found = vector_spaces.items_lacking(connection, wanted, after=after, limit=CHUNK)
            yield from found
            if not found:
                return
            after = found[-1]

    def count_items_lacking(self, spaces: Mapping[Channel, Sequence[Space]]) -> int:
        """How many items lack a vector."""
        wanted = self._wanted(spaces)
        with self._engine.connect() as connection:
            return vector_spaces.count_items_lacking(connection, wanted)

    def count_lacking(self, spaces: Mapping[Channel, Sequence[Space]]) -> int:
        """How many contents lack a vector."""
        wanted = self._wanted(spaces)
        with self._engine.connect() as connection:
            return vector_spaces.count_lacking(connection, wanted)

    def announce(self, spaces: Mapping[Channel, Sequence[Space]]) -> None:
        """Tell the indexes of all vectors in these spaces that they have not heard of."""
        wanted = self._wanted(spaces)
        with plain_errors(self._library.folder), self._engine.begin() as connection:
            vector_spaces.announce(connection, wanted)

    def remember_sources(self, paths: Iterable[Path]) -> None:
        """Note what the library is made from, beside what is noted already."""
        told: list[str] = json.loads(self.fact("sources") or "[]")
        new = sorted({str(path) for path in paths} - set(told))
        if new:
            with self.transaction() as write:
                write.put_fact("sources", json.dumps(told + new))

    def name_spaces(self, spaces: Iterable[Space]) -> None:
        """Write down the spaces in use, where that has not been done."""
        with self.transaction() as write:
            if self.fact("spaces") is None:
                write.put_fact("spaces", _as_text(spaces))

    def filled(self, spaces: Iterable[Space]) -> bool:
        """Whether `note_filled` was told of just these spaces."""
        return self.fact("filled") == _as_text(spaces)

    def note_filled(self, spaces: Iterable[Space]) -> None:
        """Write down that all that is in the library has its vectors in these spaces, or cannot have them."""
        with self.transaction() as write:
            write.put_fact("filled", _as_text(spaces))

    def switch(self, models: str, profile: str, spaces: Iterable[Space]) -> None:
        """From now on search with other models, whose spaces have been filled. `models` is what there is to write of
        them; the former ones are remembered, so that one can go back. One transaction.
        """
        with self.transaction() as write:
            former = {"models": self.fact("models"), "profile": self.fact("profile"), "spaces": self.fact("spaces")}
            write.put_fact("models_before", json.dumps(former))
            for name, value in (("models", models), ("profile", profile), ("spaces", _as_text(spaces))):
                write.put_fact(name, value)

    def drop_space(self, space_id: int) -> None:
        """Take a space away, with its vectors."""
        with plain_errors(self._library.folder), self._engine.begin() as connection:
            vector_spaces.drop(connection, space_id)

    def compact(self) -> None:
        """Give the room of what has been removed back to the disk. Takes as much room again while it runs."""
        with plain_errors(self._library.folder), self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM"))

    def _wanted(self, spaces: Mapping[Channel, Sequence[Space]]) -> dict[int, list[Channel]]:
        """Space id → channels; spaces that the library has never seen are registered."""
        wanted: dict[int, list[Channel]] = {}
        with plain_errors(self._library.folder), self._engine.begin() as connection:
            for channel, held in spaces.items():
                for space in held:
                    wanted.setdefault(register_space(connection, space), []).append(channel)
        return wanted


def _as_text(spaces: Iterable[Space]) -> str:
    return json.dumps(sorted({(space.name, space.checksum) for space in spaces}))
