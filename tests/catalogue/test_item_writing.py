"""Items that are written together become the very rows that they become one by one."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from sensorium.catalogue import engine as database
from sensorium.catalogue.drafts import Failure, ItemDraft, MediumDraft, Print, SegmentDraft
from sensorium.catalogue.schema import Base, ItemChangeRow
from sensorium.catalogue.writing import Writer, register_space
from sensorium.library import Library
from sensorium.types import Channel, Kind, Space

SPACE, OTHER = Space("test", 4, "c0ffee"), Space("other", 4, "beef")
SPACES = {Channel.PICTURE: (SPACE,), Channel.TEXT: (SPACE, OTHER), Channel.NAME: (OTHER,)}

# Few of everything: most drafts replace something, share a key, a value or a print, or come back.
URIS = st.sampled_from([f"/a/{name}.jpg" for name in "pqrs"])
KEYS = st.sampled_from(["", "k1", "k2", "k3"])
MEDIA = st.lists(
    st.builds(
        MediumDraft,
        st.sampled_from([Path("/a/p.jpg"), Path("/b/other.png")]),
        st.just("image/png"),
        st.sampled_from(["c1", "c2", "c3"]),
        duration_s=st.sampled_from([None, 1.5]),
    ),
    max_size=3,
)
PRINTS = st.none() | st.builds(Print, st.just("method"), st.sampled_from([b"one", b"two"]))


def segments(media):
    place = st.sampled_from([None, *range(len(media))])
    drafts = st.builds(
        SegmentDraft,
        st.sampled_from(list(SPACES)),
        KEYS,
        place,
        start_s=st.sampled_from([None, 0.5]),
        text=st.sampled_from([None, "red apples", "green"]),
        boxes=st.sampled_from([(), ((0.0, 0.0, 0.5, 0.5),)]),
        print=PRINTS,
    )
    return st.lists(drafts, max_size=4)


@st.composite
def drafts(draw):
    uri, media = draw(URIS), draw(MEDIA)
    attributes = draw(st.dictionaries(st.sampled_from(["Brand", "price"]), st.sampled_from(["Acme", 5, [1, 2]])))
    return ItemDraft(
        uri, draw(st.sampled_from(Kind)), draw(st.sampled_from(["one", "two"])), Path(uri), "1:1", attributes,
        tuple(media), tuple(draw(segments(media))),
    )  # fmt: skip


STEPS = st.lists(
    st.tuples(st.just("put"), st.lists(drafts(), max_size=6))
    | st.tuples(st.just("remove"), st.lists(URIS, max_size=2))
    | st.tuples(st.just("fail"), st.lists(URIS, max_size=2)),
    max_size=5,
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("writing") / "library"
    Library.open_or_create(folder, "fake").close()
    made = database.connect(folder / "sensorium.db")
    yield made
    made.dispose()


def tables(connection):
    """Every row of the catalogue but the moments of removal; of the changes of items only which items changed."""
    told = {}
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if column.name != "removed_at"]
        if table is ItemChangeRow.__table__:
            columns = [table.c.item_id]
        told[table.name] = sorted(map(repr, connection.execute(select(*columns))))
    return told


def rows_after(engine, steps, *, together):
    with engine.connect() as connection:
        connection.begin()
        write = Writer(connection, {space: register_space(connection, space) for space in (SPACE, OTHER)})
        rows = np.ones((3, 4), np.float32) / 2
        for space in (SPACE, OTHER):
            write.put_vectors(space, ["k1", "k2", "k3"], rows)
        for step, argument in steps:
            if step == "remove":
                write.remove_items(argument)
            elif step == "fail":
                for uri in argument:
                    write.put_failure(Failure(uri, Path(uri), "2:2", "broken"))
            elif together:
                write.put_items(argument, SPACES)
            else:
                for draft in argument:
                    write.put_item(draft, SPACES)
        told = tables(connection)
        connection.rollback()
        return told


@given(steps=STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_written_together_as_one_by_one(engine, steps):
    assert rows_after(engine, steps, together=True) == rows_after(engine, steps, together=False)


def test_new_items_take_few_statements(engine):
    """The point of it: so many for one, and no more for a hundred."""
    said = []
    event.listen(engine, "before_cursor_execute", lambda *told: said.append(told[2]))

    def counted(count):
        many = [
            ItemDraft(
                f"/new/{n}", Kind.PICTURE, "t", Path(f"/new/{n}"), "1:1", {},
                (MediumDraft(Path(f"/new/{n}"), "image/png", f"c{n}"),),
                (SegmentDraft(Channel.PICTURE, "k1", 0, print=Print("method", b"x")),),
            )
            for n in range(count)
        ]  # fmt: skip
        said.clear()
        rows = rows_after(engine, [("put", many)], together=True)
        assert len(rows["item"]) == len(rows["segment"]) == len(rows["change"]) == count
        return len(said)

    assert counted(100) == counted(1)


def test_a_failure_of_a_file_goes_when_its_item_is_written(engine):
    medium = MediumDraft(Path("/a/inside.png"), "image/png", "c1")
    draft = ItemDraft("/a/p.jpg", Kind.PRODUCT, "t", Path("/a/p.jpg"), "1:1", {}, (medium,))
    steps = [("fail", ["/a/p.jpg", "/a/inside.png", "/a/else"]), ("put", [draft])]
    assert [("/a/else" in row) for row in rows_after(engine, steps, together=True)["failure"]] == [True]


def test_what_had_vanished_comes_back_with_its_id(engine):
    def draft(uri):
        return ItemDraft(uri, Kind.PICTURE, "t", Path(uri), "1:1", {})

    steps = [
        ("put", [draft("/a"), draft("/b")]),
        ("remove", ["/a"]),
        ("put", [draft("/c"), draft("/a"), draft("/d")]),
    ]
    rows = rows_after(engine, steps, together=True)["item"]
    assert [(row.split(", ")[0], row.split(", ")[1]) for row in rows] == [
        ("(1", "'/a'"), ("(2", "'/b'"), ("(3", "'/c'"), ("(4", "'/d'")
    ]  # fmt: skip
