"""Rows are read once, until an item changes, and no more are kept than asked for."""

import pytest
from sqlalchemy import create_engine, text

from sensorium.catalogue.kept import Kept


@pytest.fixture
def connection():
    with create_engine("sqlite://").connect() as connection:
        connection.execute(text("CREATE TABLE item_change (seq INTEGER PRIMARY KEY, item_id INTEGER)"))
        yield connection


@pytest.fixture
def table():
    """What there is, and the ids that were read."""
    return {1: "one", 2: "two", 3: "three"}, []


def kept(table, most=10):
    rows, read = table

    def load(_connection, ids):
        read.extend(ids)
        return {id_: rows[id_] for id_ in ids if id_ in rows}

    return Kept(load, most=most)


def test_what_was_read_is_not_read_again_and_what_does_not_exist_is_left_out(connection, table):
    rows = kept(table)
    assert rows.get(connection, [2, 1]) == {2: "two", 1: "one"}
    assert list(rows.get(connection, [9, 1, 3, 2])) == [1, 3, 2]
    assert table[1] == [2, 1, 9, 3]


def test_a_change_of_any_item_makes_all_be_read_anew(connection, table):
    rows = kept(table)
    rows.get(connection, [1])
    table[0][1] = "uno"
    assert rows.get(connection, [1]) == {1: "one"}
    connection.execute(text("INSERT INTO item_change(item_id) VALUES (7)"))
    assert rows.get(connection, [1]) == {1: "uno"}


def test_what_has_been_kept_longest_goes_first(connection, table):
    rows = kept(table, most=2)
    for id_ in (1, 2, 3):
        rows.get(connection, [id_])
    assert rows.get(connection, [3, 2, 1]) == {3: "three", 2: "two", 1: "one"}
    assert table[1] == [1, 2, 3, 1]
