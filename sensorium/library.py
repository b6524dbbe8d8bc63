"""A library on disk: a folder with `sensorium.db`, `vectors/` and `thumbs/` that can be copied to another machine.

The database is the truth. Vector indexes are caches that follow its log of changes; thumbnails can be made again.
Any number of processes may read while one writes.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection, Engine

from sensorium.catalogue import engine as database
from sensorium.catalogue import facts, follow, fulltext, highlight, items, pairs, refusals
from sensorium.catalogue import spaces as vector_spaces
from sensorium.catalogue.facts import Background
from sensorium.catalogue.fulltext import query_words
from sensorium.catalogue.items import Content
from sensorium.catalogue.kept import Kept
from sensorium.catalogue.places import FETCHED
from sensorium.catalogue.rows import looking_once
from sensorium.catalogue.spaces import SpaceHeld
from sensorium.catalogue.word_counts import WordCounts
from sensorium.catalogue.writing import Writer
from sensorium.columns import Columns, Snapshot
from sensorium.errors import LibraryMismatch, LibraryNotFound, NotFound
from sensorium.fingerprints.prints import Prints
from sensorium.indexes.cache import IndexCache
from sensorium.indexes.files import IndexFiles
from sensorium.indexes.options import IndexOptions
from sensorium.indexes.state import index_states
from sensorium.library_writer import LibraryWriter
from sensorium.status import Status
from sensorium.storage import make_folder, one_writer, plain_errors
from sensorium.thumbnails import Thumbnails
from sensorium.types import Channel, Item, Kind, Medium, Segment, Space, Stretch
from sensorium.wording import Phrases, Wording, spoken

if TYPE_CHECKING:
    from sensorium.types import Matrix
    from sensorium.vectors.protocol import Ids, Neighbours

DATABASE = "sensorium.db"
KEPT_SEGMENTS = 20_000
"""Segments kept in memory, with their texts: some 20 MB."""
KEPT_ITEMS = 5_000
KEPT_CONTENTS = 20_000
"""Every query looks at those of some sixty items, for near-duplicates."""


class Library:
    """Reads a library; `writing` opens it for changes. Threads may share one."""

    def __init__(self, folder: Path, engine: Engine, options: IndexOptions | None = None) -> None:
        self.folder = folder
        self._engine = engine
        self._of_thread = threading.local()
        self._segments = Kept(items.segments, most=KEPT_SEGMENTS)
        self._items = Kept(items.items, most=KEPT_ITEMS)
        self._contents = Kept(items.contents, most=KEPT_CONTENTS)
        self._word_counts = WordCounts()
        self._thumbnails = Thumbnails(folder / "thumbs")
        self.indexes = IndexCache(folder / "vectors", self._reading, options or IndexOptions())
        self._columns = Columns(self._reading)
        self._counts: tuple[int, dict[Channel, int]] = (-1, {})
        self.prints = Prints(folder / "vectors", self._reading)

    @classmethod
    def open(cls, folder: Path, options: IndexOptions | None = None) -> Library:
        """Open a library to read.

        Raises `LibraryNotFound` where there is none, `LibraryMismatch` for one of another schema, and
        `LibraryError` for a file that is no database.
        """
        if not (folder / DATABASE).is_file():
            raise LibraryNotFound(
                f"There is no library in {folder}. Make one with: sensorium index PATH --library {folder}"
            )
        engine = database.connect(folder / DATABASE)
        database.require_current(engine)
        return cls(folder, engine, options)

    @classmethod
    def open_or_create(cls, folder: Path, profile: str, options: IndexOptions | None = None) -> Library:
        """Open a library to write, making it or bringing its schema up to date as needed. Takes the writer's lock."""
        make_folder(folder)
        engine = database.connect(folder / DATABASE)
        with one_writer(folder), plain_errors(folder):
            database.migrate(engine)
            library = cls(folder, engine, options)
            with engine.begin() as connection:
                if facts.fact(connection, "profile") is None:
                    writer = Writer(connection, {})
                    writer.put_fact("id", uuid.uuid4().hex)
                    writer.put_fact("profile", profile)
        return library

    def close(self) -> None:
        self._engine.dispose()

    # reading ---------------------------------------------------------------------------------------------------

    def _reading(self) -> AbstractContextManager[Connection]:
        held: Connection | None = getattr(self._of_thread, "connection", None)
        return self._connected() if held is None else nullcontext(held)  # who holds it tells what errors mean

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with plain_errors(self.folder), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Within, this thread reads over one connection, and looks once for what has changed: a query reads dozens of
        times, and opening costs as much. Not for whoever writes meanwhile and wants to see it."""
        if getattr(self._of_thread, "connection", None) is not None:
            yield
            return
        with self._reading() as connection, looking_once(connection):
            self._of_thread.connection = connection
            try:
                yield
            finally:
                self._of_thread.connection = None

    @property
    def profile(self) -> str:
        """The name of the models this library is searched with."""
        with self._reading() as connection:
            return facts.fact(connection, "profile") or ""

    @property
    def models(self) -> str:
        """What `sensorium.models.choice` wrote down of the models in use, the row that a change of models switches.

        Empty in a library in which they were never named: then it is the profile with what the settings say.
        """
        with self._reading() as connection:
            return facts.fact(connection, "models") or ""

    @property
    def former_models(self) -> str:
        """The same of the models before the last change; empty where there are none to go back to."""
        with self._reading() as connection:
            return facts.fact(connection, "models_before") or ""

    def sources(self) -> list[Path]:
        """The folders, files and feeds that the library has been made from, in the order in which they were named."""
        with self._reading() as connection:
            return [Path(path) for path in json.loads(facts.fact(connection, "sources") or "[]")]

    def spaces_held(self) -> list[SpaceHeld]:
        """Every space the library has vectors in, the oldest first."""
        with self._reading() as connection:
            return vector_spaces.held(connection)

    def require_spaces(self, spaces: Sequence[Space]) -> None:
        """Raises `LibraryMismatch` unless these are the spaces in use, or nothing is in use yet."""
        with self._reading() as connection:
            active = facts.fact(connection, "spaces")
            held = follow.spaces(connection)
        used = {tuple(each) for each in json.loads(active)} if active else {(s.name, s.checksum) for s in held}
        known = [(space.name, space.checksum) in used for space in spaces]
        # Before the spaces in use were written down, one that is known spoke for all
        if used and not (all(known) if active else any(known)):
            names = ", ".join(dict.fromkeys(name for name, _ in sorted(used)))
            raise LibraryMismatch(
                f"{self.folder} holds vectors of {names} that other weights wrote than those on this machine. Give it "
                f"vectors of these with: sensorium models use {self.profile} --library {self.folder}"
            )

    def item(self, item_id: int) -> Item:
        """Raises `NotFound`."""
        with self._reading() as connection:
            return items.item(connection, item_id)

    def items(self, ids: Sequence[int]) -> dict[int, Item]:
        """The items that exist among `ids`, by id."""
        with self._reading() as connection:
            return self._items.get(connection, ids)

    def contents(self, ids: Sequence[int]) -> dict[int, Content]:
        """What is in those of the items that exist, by id: what two of them may have in common."""
        with self._reading() as connection:
            return self._contents.get(connection, ids)

    def items_by_path(self) -> dict[Path, int]:
        """Absolute path → item id, of every file of every item; a product stands under each of its pictures."""
        with self._reading() as connection:
            return items.items_by_path(connection)

    def medium(self, medium_id: int) -> Medium:
        """Raises `NotFound`."""
        with self._reading() as connection:
            return items.medium(connection, medium_id)[0]

    def thumbnail(self, medium_id: int) -> Path | None:
        """The file of `thumbnail_of`. Raises `NotFound`."""
        with self._reading() as connection:
            return self.thumbnail_of(items.medium(connection, medium_id)[1])

    def thumbnail_of(self, content: str) -> Path | None:
        """A JPEG or, in older libraries, a WebP file, of media with this sha256; None where there is none."""
        return self._thumbnails.find(content)

    def still(self, segment_id: int) -> Path | None:
        """The picture of a film's still, a WebP file; None for other segments. Raises `NotFound`."""
        with self._reading() as connection:
            segment = items.segments(connection, [segment_id]).get(segment_id)
            if segment is None:
                raise NotFound("segment", segment_id)
            if segment.medium_id is None or segment.start_s is None:
                return None
            path = self.still_path(items.medium(connection, segment.medium_id)[1], segment.start_s)
        return path if path.is_file() else None

    def segments(self, ids: Sequence[int]) -> dict[int, Segment]:
        """The segments that exist among `ids`, by id."""
        with self._reading() as connection:
            return self._segments.get(connection, ids)

    def segments_of_item(self, item_id: int) -> tuple[Segment, ...]:
        """Every segment of an item, in the order in which it was written."""
        with self._reading() as connection:
            return items.segments_of_item(connection, item_id)

    def segment_ids(self, channel: Channel, *, kinds: Sequence[Kind] = (), folder: Path | None = None) -> Ids:
        """int64[n], rising: a channel's segments whose items are of `kinds` and lie below `folder`."""
        with self._reading() as connection:
            return items.segment_ids(connection, channel, kinds=kinds, folder=folder)

    def fields(self) -> frozenset[str]:
        """The names of the attributes that items have: what they can be filtered, counted and sorted by."""
        with self._reading() as connection:
            return frozenset(pairs.fields(connection))

    def snapshot(self) -> Snapshot:
        """Attributes and segments by item, as they stand now."""
        return self._columns.current()

    def segment_counts(self) -> dict[Channel, int]:
        """How many segments each channel has; channels without any are left out."""
        with self._reading() as connection:
            seq = pairs.last_item_change(connection)
            if self._counts[0] != seq:  # counting a million takes longer than searching them
                self._counts = (seq, facts.count_segments(connection))
            return dict(self._counts[1])

    def find_words(
        self,
        channel: Channel,
        words: str | Wording,
        limit: int,
        *,
        allowed: Ids | None = None,
        parts_of_words: bool = False,
    ) -> list[tuple[int, float]]:
        """(segment id, share of the query answered), best first; see `sensorium.catalogue.fulltext`."""
        wording, counts = spoken(words) if isinstance(words, str) else words, self._word_counts
        with self._reading() as connection:
            return fulltext.find_words(
                connection, channel, wording, limit, allowed=allowed, parts_of_words=parts_of_words, counts=counts
            )

    def unlikeliness(self, channel: Channel, wording: Wording, scores: fulltext.Floats) -> fulltext.Floats:
        """float64[n]: the decades by which scores of `find_words` are unlikely; see `sensorium.catalogue.fulltext`."""
        with self._reading() as connection:
            return fulltext.unlikeliness(connection, channel, wording, scores, counts=self._word_counts)

    def holding(self, channel: Channel, phrases: Phrases) -> Ids:
        """int64[n], rising: the segments of a channel that hold every one of the phrases."""
        with self._reading() as connection:
            return fulltext.holding(connection, channel, phrases)

    def rarity(self, words: Sequence[str]) -> dict[str, float]:
        """How much each word tells a segment from the others, 0 where nothing; see `sensorium.catalogue.fulltext`."""
        with self._reading() as connection:
            return fulltext.rarity(connection, words)

    def mark_words(self, channel: Channel, words: str, segment_ids: Sequence[int]) -> dict[int, tuple[Stretch, ...]]:
        """Where the words stand in the texts of those segments of a channel that hold any."""
        with self._reading() as connection:
            return highlight.spans_of(connection, channel, query_words(words), segment_ids)

    def nearest(
        self,
        space: Space,
        channel: Channel,
        queries: Matrix,
        k: int,
        *,
        allowed: Ids | None = None,
        exact: bool | None = None,
    ) -> Neighbours:
        """The k nearest of a channel's segments to each of `queries`, float32[q, dimension], unit rows.

        `allowed` keeps only these segments. With `exact` none is missed; left open, the index takes whichever of
        an exact scan and its own way costs less.
        """
        return self.indexes.nearest(space, channel, queries, k, allowed=allowed, exact=exact)

    def search_cost(self, space: Space, channel: Channel, kept: int | None = None, *, exact: bool = False) -> float:
        """What one query is expected to cost where a filter keeps `kept` segments; see `VectorIndex.cost`."""
        return self.indexes.cost(space, channel, kept, exact=exact)

    def vectors(self, space: Space, channel: Channel, *, most: int | None = None) -> tuple[Ids, Matrix]:
        """Segment ids int64[n] and their vectors float32[n, dimension], straight from the catalogue.

        All of them, by rising ids, or a sample of `most`: the same one each time.
        """
        with self._reading() as connection:
            space_id = follow.space_id(connection, space.name, space.checksum)
            if space_id is None:
                return np.empty(0, np.int64), np.empty((0, space.dimension), np.float32)
            if most is not None:
                return follow.sampled_vectors(connection, space_id, channel, most)
            return follow.vectors(connection, space_id, channel)

    def vectors_of(self, space: Space, segment_ids: Sequence[int]) -> tuple[Ids, Matrix]:
        """Ids int64[n], rising, and vectors float32[n, dimension] of those segments that have one in the space."""
        with self._reading() as connection:
            space_id = follow.space_id(connection, space.name, space.checksum)
            if space_id is None:
                return np.empty(0, np.int64), np.empty((0, space.dimension), np.float32)
            return follow.vectors_of(connection, space_id, segment_ids)

    def backgrounds(self) -> dict[tuple[str, str, str], Background]:
        """(modality, channel, matcher) → the scores of unrelated queries."""
        with self._reading() as connection:
            return facts.backgrounds(connection)

    def calibrated(self) -> bool:
        """Whether the backgrounds were measured on what the library holds now."""
        with self._reading() as connection:
            return facts.fact(connection, "calibrated_seq") == str(follow.last_seq(connection))

    def fact(self, name: str) -> str | None:
        """A fact about the library as a whole; None where there is none of that name."""
        with self._reading() as connection:
            return facts.fact(connection, name)

    def last_seq(self) -> int:
        """Rises with everything that is written."""
        with self._reading() as connection:
            return follow.last_seq(connection)

    def status(self) -> Status:
        indexes = index_states(self.indexes)
        with self._reading() as connection:
            return Status(
                facts.fact(connection, "profile") or "",
                facts.count_items(connection),
                facts.count_segments(connection),
                follow.space_names(connection),
                facts.failures(connection),
                indexes,
                refusals.put_off(connection),
            )

    # writing ---------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[LibraryWriter]:
        """Hold the writer's lock. Raises `LibraryBusy` at once where another process holds it."""
        with one_writer(self.folder):
            yield LibraryWriter(self, self._engine)

    def save_indexes(self, spaces: Mapping[Channel, Sequence[Space]]) -> None:
        """Write the indexes beside the catalogue, so that the next opening need not rebuild them."""
        with plain_errors(self.folder):
            for channel, held in spaces.items():
                for space in held:
                    self.indexes.save(space, channel)
            self.prints.save()

    def remove_index_files(self, used: Iterable[tuple[str, str]]) -> None:
        """Remove the files of indexes of all spaces but these (name, checksum)."""
        with plain_errors(self.folder):
            IndexFiles(self.folder / "vectors").keep_only(checksum for _, checksum in used)

    @property
    def fetched(self) -> Path:
        """The folder of what was fetched from the web."""
        return self.folder / FETCHED

    def thumbnail_path(self, content: str) -> Path:
        """Where the thumbnail of a medium with this sha256 lies, if it has one."""
        return self._thumbnails.path(content)

    def still_path(self, content: str, start_s: float) -> Path:
        """Where the still of a film with this sha256 lies that stands for the time from `start_s` on."""
        return self.folder / "thumbs" / content[:2] / f"{content}@{start_s:.3f}.webp"
