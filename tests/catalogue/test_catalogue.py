"""The catalogue keeps whole items, their words and their vectors, and forgets all three together."""

import time
from pathlib import Path

import numpy as np
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from sensorium.catalogue import engine as database
from sensorium.catalogue.drafts import Failure, ItemDraft, MediumDraft, SegmentDraft
from sensorium.catalogue.schema import Base
from sensorium.errors import LibraryBusy, LibraryError, LibraryMismatch, LibraryNotFound, NotFound
from sensorium.library import Library
from sensorium.types import Channel, Kind, Space

SPACE = Space("test", 4, "c0ffee")
SPACES = dict.fromkeys(Channel, (SPACE,))
KEYS = {"red": [1, 0, 0, 0], "green": [0, 1, 0, 0], "mixed": [1, 1, 0, 0]}


@pytest.fixture
def library(tmp_path):
    opened = Library.open_or_create(tmp_path / "library", "fake")
    yield opened
    opened.close()


def document(name, *texts):
    segments = tuple(SegmentDraft(Channel.TEXT, text.split()[0], medium=0, text=text) for text in texts)
    medium = MediumDraft(Path(f"/docs/{name}"), "text/plain", "sha-of-" + name, thumbnail=b"webp")
    return ItemDraft(f"/docs/{name}", Kind.DOCUMENT, name, Path(f"/docs/{name}"), "1:1", {"a": 1}, (medium,), segments)


def put(library, *drafts):
    with library.writing() as writer:
        for draft in drafts:
            writer.put_thumbnails(draft)
        with writer.transaction([SPACE]) as write:
            rows = np.array(list(KEYS.values()), np.float32)
            write.put_vectors(SPACE, list(KEYS), rows / np.linalg.norm(rows, axis=1, keepdims=True))
            return [write.put_item(draft, SPACES) for draft in drafts]


def nearest(library, vector, k=5, **options):
    found = library.nearest(SPACE, Channel.TEXT, np.array([vector], np.float32), k, **options)
    return [(i, round(s, 3)) for i, s in zip(found.ids[0].tolist(), found.scores[0].tolist(), strict=True) if i >= 0]


def test_an_item_comes_back_as_it_was_put(library):
    (item_id,) = put(library, document("a.txt", "red apples", "green pears"))
    item = library.item(item_id)
    assert (item.kind, item.title, item.path) == (Kind.DOCUMENT, "a.txt", Path("/docs/a.txt"))
    assert item.attributes == {"a": 1}
    assert [medium.mime for medium in item.media] == ["text/plain"]
    assert [segment.text for segment in library.segments_of_item(item_id)] == ["red apples", "green pears"]
    assert library.thumbnail(item.media[0].id).read_bytes() == b"webp"


def test_what_an_item_holds_is_the_hashes_of_its_files(library):
    bare = ItemDraft("/feed#2", Kind.PRODUCT, "cup", Path("/feed"), "1:1", {}, (), ())
    first, second = put(library, document("a.txt", "red apples"), bare)
    assert library.contents([first, second, second + 1]) == {
        first: (Kind.DOCUMENT, ("sha-of-a.txt",)),
        second: (Kind.PRODUCT, ()),
    }


def test_putting_an_item_again_replaces_it(library):
    put(library, document("a.txt", "red apples"))
    (item_id,) = put(library, document("a.txt", "green pears"))
    assert library.status().items == {Kind.DOCUMENT: 1}
    assert library.find_words(Channel.TEXT, "apples", 5) == []
    assert [library.segments([i])[i].item_id for i, _ in library.find_words(Channel.TEXT, "pears", 5)] == [item_id]
    assert nearest(library, [1, 0, 0, 0]) == [(library.segments_of_item(item_id)[0].id, 0.0)]


def test_removed_items_are_found_by_nothing(library):
    put(library, document("a.txt", "red apples"), document("b.txt", "mixed fruit"))
    assert len(nearest(library, [1, 0, 0, 0])) == 2
    with library.writing() as writer, writer.transaction() as write:
        assert write.remove_items(["/docs/a.txt", "/docs/unknown"]) == 1
        assert write.drop_unused_vectors() == 1  # one of no item: what has been removed may come back
        assert write.forget_removed(time.time() + 1) == 1
        assert write.drop_unused_vectors() == 1
    assert library.find_words(Channel.TEXT, "apples", 5) == []
    assert [score for _, score in nearest(library, [1, 0, 0, 0])] == [round(1 / np.sqrt(2), 3)]
    with pytest.raises(NotFound, match="no item 1"):
        library.item(1)


def test_an_index_on_disk_is_caught_up_when_the_library_is_opened(library):
    put(library, document("a.txt", "red apples"))
    library.save_indexes({Channel.TEXT: (SPACE,)})
    put(library, document("b.txt", "green pears"))
    with library.writing() as writer, writer.transaction() as write:
        write.remove_items(["/docs/a.txt"])
    reopened = Library.open(library.folder)
    assert nearest(reopened, [0, 1, 0, 0]) == nearest(library, [0, 1, 0, 0]) == [(2, 1.0)]


@pytest.mark.parametrize("damage", [lambda p: p.write_bytes(p.read_bytes()[:-9]), lambda p: p.unlink()])
def test_a_damaged_index_is_rebuilt_from_the_catalogue(library, damage):
    put(library, document("a.txt", "red apples", "green pears"))
    library.save_indexes({Channel.TEXT: (SPACE,)})
    (index_file,) = (library.folder / "vectors").glob("*.faiss")
    damage(index_file)
    assert nearest(Library.open(library.folder), [1, 0, 0, 0]) == nearest(library, [1, 0, 0, 0])


def test_an_index_of_another_library_is_not_taken_for_its_own(library, tmp_path):
    other = Library.open_or_create(tmp_path / "other", "fake")
    put(other, document("x.txt", "green pears"))
    other.save_indexes({Channel.TEXT: (SPACE,)})
    put(library, document("a.txt", "red apples"))
    for file in (other.folder / "vectors").iterdir():
        (library.folder / "vectors" / file.name).write_bytes(file.read_bytes())
    assert nearest(Library.open(library.folder), [1, 0, 0, 0]) == [(1, 1.0)]


def test_a_reader_sees_what_another_process_wrote_meanwhile(library):
    put(library, document("a.txt", "red apples"))
    reader = Library.open(library.folder)
    assert len(nearest(reader, [1, 0, 0, 0])) == 1
    put(library, document("b.txt", "mixed fruit"))
    assert len(nearest(reader, [1, 0, 0, 0])) == 2


def test_words_are_scored_by_the_share_of_the_query_they_answer(library):
    put(
        library,
        document("a.txt", "red apples and pears"),
        document("b.txt", "green apples"),
        document("c.txt", "mixed"),
    )
    both, one = library.find_words(Channel.TEXT, "Red APPLE", 5)
    assert (both[0], one[0]) == (1, 2)
    assert 0 < one[1] < both[1] < 1
    assert library.find_words(Channel.TEXT, "!?", 5) == []
    assert library.find_words(Channel.TEXT, 'apples" OR text:', 5)[0][0] in (1, 2)  # no query syntax gets through
    assert [i for i, _ in library.find_words(Channel.TEXT, "apples", 5, allowed=np.array([2]))] == [2]


def test_filters_keep_kinds_and_folders_exactly(library):
    put(library, document("a.txt", "red apples"))
    elsewhere = document("b.txt", "red pears")
    moved = ItemDraft("/docs2/b.txt", Kind.PRODUCT, "b", Path("/docs2/b.txt"), "1", {}, (), elsewhere.segments[:0])
    put(library, moved)
    assert library.segment_ids(Channel.TEXT, folder=Path("/docs")).tolist() == [1]
    assert library.segment_ids(Channel.TEXT, folder=Path("/doc")).tolist() == []
    assert library.segment_ids(Channel.TEXT, kinds=[Kind.PRODUCT]).tolist() == []


def test_a_transaction_that_fails_leaves_nothing_behind(library):
    put(library, document("a.txt", "red apples"))
    before = library.status()

    def fail_half_way():
        with library.writing() as writer, writer.transaction([SPACE]) as write:
            write.put_item(document("b.txt", "green pears"), SPACES)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert library.status() == before


def test_a_failure_takes_the_place_of_the_item_and_gives_it_back(library):
    put(library, document("a.txt", "red apples"))
    with library.writing() as writer, writer.transaction() as write:
        write.put_failure(Failure("/docs/a.txt", Path("/docs/a.txt"), "2:2", "is truncated."))
    assert library.status().items == {}
    assert [failure.reason for failure in library.status().failures] == ["is truncated."]
    put(library, document("a.txt", "red apples"))
    assert library.status().failures == ()


def test_there_is_one_writer_at_a_time(library):
    second = Library.open(library.folder)
    with library.writing(), pytest.raises(LibraryBusy, match="Another process is writing"), second.writing():
        pass


def test_what_is_no_library_is_refused_with_the_cure(tmp_path):
    with pytest.raises(LibraryNotFound, match="sensorium index PATH"):
        Library.open(tmp_path)
    (tmp_path / "sensorium.db").write_bytes(b"not a database, but long enough to be taken for one" * 40)
    with pytest.raises(LibraryError, match="cannot be read as a library"):
        Library.open(tmp_path)


def test_another_schema_is_refused(library):
    engine = database.connect(library.folder / "sensorium.db")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LibraryMismatch, match="has schema 9999"):
        Library.open(library.folder)
    with pytest.raises(LibraryMismatch, match="has schema 9999"):
        Library.open_or_create(library.folder, "fake")


def test_vectors_of_other_weights_are_refused(library):
    put(library, document("a.txt", "red apples"))
    library.require_spaces([SPACE])
    with pytest.raises(LibraryMismatch, match="other weights"):
        library.require_spaces([Space("test", 4, "other")])


def test_the_migrations_make_the_tables_of_the_schema(tmp_path):
    engine = database.connect(tmp_path / "new.db")
    database.migrate(engine)
    made = inspect(engine)
    for table in Base.metadata.sorted_tables:
        columns = {(c["name"], bool(c["nullable"])) for c in made.get_columns(table.name)}
        assert columns == {(c.name, bool(c.nullable)) for c in table.columns}, table.name
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == database.SCHEMA_REVISION


def test_function_words_alone_find_nothing_when_the_query_says_more(library):
    put(library, document("a.txt", "red apples on the tree"), document("b.txt", "green tea in the morning"))
    assert [i for i, _ in library.find_words(Channel.TEXT, "the apples on the table", 5)] == [1]
    assert len(library.find_words(Channel.TEXT, "the", 5)) == 2
