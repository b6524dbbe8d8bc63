"""Attributes become typed rows, in new libraries and in those that an older program wrote."""

import json
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from sensorium.catalogue import engine as database
from sensorium.catalogue.attributes import LONGEST, field_name, pairs_of
from sensorium.library import Library
from sensorium.search.language import parse
from sensorium.search.selection import Selection
from sensorium.types import Channel

MIGRATIONS = Path(database.__file__).parent / "migrations"


@pytest.mark.parametrize(
    ("label", "name"),
    [("Base Colour", "base_colour"), ("baseColour", "base_colour"), ("g:size", "g_size"), ("PRICE", "price")],
)  # fmt: skip
def test_a_field_is_named_in_small_letters(label, name):
    assert field_name(label) == name


def test_attributes_are_flattened_with_what_every_item_has():
    attributes = {
        "price": 5.0,
        "tags": ["old", "new", "old"],
        "size": {"width": 3, "unit": "cm"},
        "new": True,
        "none": None,
        "prose": "x" * (LONGEST + 1),
        "taken_at": "2023-05-17T10:00:00",
    }
    assert pairs_of("product", Path("/shop/feed.csv"), attributes, 12.34) == (
        ("kind", "product"),
        ("folder", "/shop"),
        ("price", "5"),
        ("tags", "old"),
        ("tags", "new"),
        ("size.width", "3"),
        ("size.unit", "cm"),
        ("new", "yes"),
        ("taken_at", "2023-05-17T10:00:00"),
        ("date", "2023-05-17T10:00:00"),
        ("duration", "12.3"),
    )


def test_an_items_own_date_stands():
    pairs = pairs_of("picture", Path("/a/b.jpg"), {"date": "2020", "taken_at": "2023-05-17"}, None)
    assert [value for label, value in pairs if label == "date"] == ["2020"]


def test_a_library_of_an_older_program_gets_its_attributes_and_trigrams(tmp_path):
    (tmp_path / "library" / "vectors").mkdir(parents=True)
    (tmp_path / "library" / "thumbs").mkdir()
    engine = database.connect(tmp_path / "library" / "sensorium.db")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for number, price in enumerate((5, 50), 1):
            connection.execute(
                text(
                    "INSERT INTO item(id, uri, kind, title, path, attributes, fingerprint) "
                    "VALUES (:id, :uri, 'product', 't', '/shop/feed.csv', :attributes, '1')"
                ),
                {"id": number, "uri": f"u{number}", "attributes": json.dumps({"price": price, "brand": "Acme"})},
            )
            connection.execute(
                text(
                    "INSERT INTO segment(id, item_id, channel, key, text) VALUES (:id, :id, 'name', 'k', 'MKRE1605X')"
                ),
                {"id": number},
            )
    engine.dispose()
    library = Library.open_or_create(tmp_path / "library", "fake")
    kept = Selection.of(parse("price<10 brand:acme folder:shop", library.fields()), library)
    assert kept.items().tolist() == [1]
    assert kept.segments(Channel.NAME).tolist() == [1]
    assert [i for i, _ in library.find_words(Channel.NAME, "re16", 5)] == [1, 2]
    library.close()
