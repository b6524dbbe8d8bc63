"""Filters keep exactly the items that a plain reading of the attributes keeps, through every change of a library."""

import random
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from sensorium.catalogue.drafts import ItemDraft, MediumDraft, SegmentDraft
from sensorium.catalogue.values import amount, moment
from sensorium.library import Library
from sensorium.search.language import parse
from sensorium.search.selection import Selection
from sensorium.types import Channel, Filter, Kind, Query, Range, Term
from tests.fakes import fake_models

BRANDS = ("Acme", "ACME", "Bolt & Co", "Cog", "été", "Acmeville")
FOLDERS = ("/shop", "/home/trips/2019", "/home/trips", "/home/Trips-old", "/home/x/TRIPS/y")


def draft(number, rnd):
    """An item with random attributes, some of them missing, some lists, some amounts written out."""
    folder, kind = Path(rnd.choice(FOLDERS)), rnd.choice(list(Kind))
    attributes = {}
    if rnd.random() < 0.8:
        price = rnd.choice([rnd.randint(0, 60), round(rnd.uniform(0, 60), 2)])
        attributes["price"] = rnd.choice([price, f"{price} EUR", f"${price}"])
    if rnd.random() < 0.8:
        attributes["Brand Name"] = rnd.sample(BRANDS, rnd.randint(1, 2)) if rnd.random() < 0.3 else rnd.choice(BRANDS)
    if rnd.random() < 0.8:
        day = date(2022, 1, 1) + timedelta(days=rnd.randint(0, 900))
        attributes["taken_at"] = f"{day}T{rnd.randint(0, 23):02}:30:00+0{rnd.randint(0, 9)}:00"
    name = f"{number}.bin"
    segments = tuple(SegmentDraft(channel, f"text:{number}", 0, text=f"item {number}")
                     for channel in (Channel.NAME, Channel.TEXT) for _ in range(rnd.randint(0, 2)))  # fmt: skip
    return ItemDraft(
        f"/items/{number}", kind, name, folder / name, "1", attributes,
        (MediumDraft(folder / name, "image/png", name),), segments,
    )  # fmt: skip


FILTERS = [
    *(Filter("brand_name", (Term(text, way),)) for text in ("acme", "BOLT & co", "Été", "nobody") for way in (0, 1)),
    Filter("brand_name", (Term("", True),)),
    Filter("brand_name", (Term("Acme"), Term("cog"))),
    *(Filter("kind", (Term(kind.value),)) for kind in Kind),
    *(Filter("folder", (Term(text),)) for text in ("trips", "trips/2019", "/home", "/home/trips", "/hom", "2019")),
    *(Filter("price", (Term(text),)) for text in ("7", "7 EUR", "12.5")),
    *(Filter("price", (value,)) for value in (
        Range("10", "20"), Range("10", "20", includes_high=False), Range(low="30"), Range(low="7", includes_low=False),
        Range(high="7"), Range(high="7", includes_high=False), Range(low="20 EUR"), Range(low="1 usd", high="50 usd"))),
    *(Filter("date", (value,)) for value in (
        Range(low="2023"), Range(low="2023", includes_low=False), Range(high="2022-06"),
        Range(high="2023-05", includes_high=False), Range("2022-03", "2023-02-10"), Term("2023"), Term("2023-01"))),
    Filter("nothing", (Term("x"),)),
]  # fmt: skip
FILTERS += [Filter(one.field, one.values, True) for one in FILTERS]


def passes(item, one):
    """The reference: one item and one filter, value by value."""
    return (
        any(named(one.field, text, value) for text in texts_of(item, one.field) for value in one.values) != one.excluded
    )


def texts_of(item, field):
    if field in ("kind", "folder"):
        return [str(item.kind) if field == "kind" else str(item.path.parent)]
    key = {"brand_name": "Brand Name", "date": "taken_at"}.get(field, field)
    value = item.attributes.get(key, [])
    return [str(entry) for entry in (value if isinstance(value, list) else [value])]


def named(field, text, value):
    if field == "date":
        day = text[:10]
        if isinstance(value, Term):
            return day.startswith(value.text)
        low = not value.low or day[: len(value.low)] >= value.low
        high = not value.high or day[: len(value.high)] <= value.high
        at_low, at_high = day[: len(value.low)] == value.low, day[: len(value.high)] == value.high
        return low and high and (value.includes_low or not at_low) and (value.includes_high or not at_high)
    if field == "folder":
        below = f"{text.lower()}/"
        return below.startswith(f"{value.text}/") if value.text[0] == "/" else f"/{value.text}/" in below
    if isinstance(value, Term) and field != "price":
        return text.lower().startswith(value.text.lower()) if value.prefix else text.lower() == value.text.lower()
    return priced(text, value)


def priced(text, value):
    number, unit = (float(text.strip("$ EUR")), "usd" if "$" in text else "eur" if "EUR" in text else "")
    ends = [value.text] if isinstance(value, Term) else [end for end in (value.low, value.high) if end]
    if any(unit and asked and unit != asked for asked in (end.partition(" ")[2].lower() for end in ends)):
        return False
    if isinstance(value, Term):
        return number == float(value.text.split()[0])
    low = float(value.low.split()[0]) if value.low else -1.0
    high = float(value.high.split()[0]) if value.high else 1e9
    return low <= number <= high and (value.includes_low or number != low) and (value.includes_high or number != high)


@pytest.fixture
def library(tmp_path):
    opened = Library.open_or_create(tmp_path / "library", "fake")
    yield opened
    opened.close()


def put(library, drafts):
    encoder = fake_models().texts[0]
    keys = sorted({segment.key for one in drafts for segment in one.segments})
    with library.writing() as writer, writer.transaction([encoder.space]) as write:
        write.put_vectors(encoder.space, keys, encoder.encode_texts(keys))
        return {write.put_item(one, dict.fromkeys(Channel, (encoder.space,))): one for one in drafts}


def assert_filters_are_exact(library, held):
    snapshot = library.snapshot()
    assert snapshot.items.tolist() == sorted(held)
    owners = {channel: {segment.id: item_id for item_id in held for segment in library.segments_of_item(item_id)
                        if segment.channel is channel} for channel in (Channel.NAME, Channel.TEXT)}  # fmt: skip
    for one in FILTERS:
        expected = {item_id for item_id, item in held.items() if passes(item, one)}
        selection = Selection.of(Query(filters=(one,)), library)
        assert set(selection.items().tolist()) == expected, one
        assert len(selection) == len(expected)
        for channel, owner in owners.items():
            wanted = sorted(segment_id for segment_id, item_id in owner.items() if item_id in expected)
            assert selection.segments(channel).tolist() == wanted


@pytest.mark.parametrize("seed", range(3))
def test_filters_keep_what_a_plain_reading_keeps_through_all_changes(library, seed):
    rnd = random.Random(seed)
    held = put(library, [draft(number, rnd) for number in range(40)])
    assert_filters_are_exact(library, held)
    for _ in range(3):  # the same library, whose columns follow the changes
        gone = rnd.sample(sorted(held), 3)
        with library.writing() as writer, writer.transaction() as write:
            write.remove_items([held.pop(item_id).uri for item_id in gone])
            write.drop_unused_values()
        held |= put(library, [draft(number, rnd) for number in rnd.sample(range(60), 4)])
        assert_filters_are_exact(library, held)
    fresh = Library.open(library.folder)
    assert_filters_are_exact(fresh, held)
    fresh.close()


def test_all_filters_must_hold(library):
    rnd = random.Random(9)
    held = put(library, [draft(number, rnd) for number in range(60)])
    for _ in range(200):
        chosen = tuple(rnd.sample(FILTERS, rnd.randint(2, 3)))
        expected = [item_id for item_id, item in sorted(held.items()) if all(passes(item, one) for one in chosen)]
        assert Selection.of(Query(filters=chosen), library).items().tolist() == expected


def test_kinds_and_folder_are_short_for_filters(library):
    held = put(library, [draft(number, random.Random(4)) for number in range(3)])
    typed = parse("kind:picture,film folder:/home/trips")
    short = Query(kinds=(Kind.PICTURE, Kind.FILM), folder=Path("/home/trips"))
    assert np.array_equal(Selection.of(typed, library).items(), Selection.of(short, library).items())
    assert len(Selection.of(Query(), library)) == len(held)
    assert Selection.of(Query(), library).segments(Channel.NAME) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50", (50, "")), ("19,99 €", (19.99, "eur")), ("USD 1,299.00", (1299, "usd")), ("1.299,00 EUR", (1299, "eur")),
        ("16 GB", (16, "gb")), ("10%", (10, "%")), ("-3", (-3, "")), ("0.5", (0.5, "")), ("007", None), ("RE16", None),
        ("1.2.3", None), ("10-12", None), ("", None),
    ],
)  # fmt: skip
def test_amounts_are_read(text, expected):
    assert amount(text) == expected


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023", "2023-01-01", "2024-01-01"), ("2023-12", "2023-12-01", "2024-01-01"),
        ("2024-02", "2024-02-01", "2024-03-01"), ("2023-05-17", "2023-05-17", "2023-05-18"),
        ("17.5.2023", "2023-05-17", "2023-05-18"), ("2023/05/17", "2023-05-17", "2023-05-18"),
    ],
)  # fmt: skip
def test_a_date_names_all_of_its_time(text, first, last):
    epoch = date(1970, 1, 1)
    days = [(date.fromisoformat(day) - epoch).days * 86400.0 for day in (first, last)]
    assert moment(text) == tuple(days)


def test_times_are_those_of_the_clock_on_the_spot():
    assert moment("2023-05-17T18:30:00+09:00") == moment("2023-05-17 18:30:00") == moment("2023:05:17 18:30:00")
    assert [moment(text) for text in ("2023-13", "2023-02-30", "soon", "2023-05T10:00", "12023")] == [None] * 5
