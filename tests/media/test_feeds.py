from __future__ import annotations

import datetime
import decimal
import json
import random

import pyarrow
import pyarrow.parquet
import pytest

from sensorium.errors import MediaError, UnsupportedMedia
from sensorium.media.decoded import BadRow, Product
from sensorium.media.feed_values import price
from sensorium.media.feeds import read_feed


def write_lines(path, *rows):
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return path


def test_a_json_line_becomes_a_product(tmp_path):
    row = {
        "id": 17,
        "title": " Red  boots ",
        "description": "<p>Warm &amp; <b>dry</b></p>",
        "price": 52.0,
        "category": "Shoes",
        "color": "Red",
        "sizes": [40, 41],
        "images": ["a.jpg", "sub/b.jpg"],
        "note": None,
    }
    feed = write_lines(tmp_path / "feed.jsonl", row)
    assert list(read_feed(feed)) == [
        Product(
            key="17",
            title="Red boots",
            description="Warm & dry",
            price=52.0,
            category="Shoes",
            attributes={"color": "Red", "sizes": [40, 41]},
            media=(tmp_path / "a.jpg", tmp_path / "sub/b.jpg"),
        )
    ]


def test_common_spellings_of_columns_are_known(tmp_path):
    row = {
        "SKU": "b-1",
        "Product Name": "Boots",
        "bodyHtml": "Dry",
        "g:price": "19,99 €",
        "product_type": ["Shoes", "Winter"],
        "image-link": "a.jpg",
        "additional_image_link": "b.jpg,c.jpg",
        "type": "simple",
    }
    assert list(read_feed(write_lines(tmp_path / "feed.jsonl", row))) == [
        Product(
            "b-1",
            "Boots",
            "Dry",
            19.99,
            "Shoes > Winter",
            {"type": "simple", "price_text": "19,99 €"},
            (tmp_path / "a.jpg", tmp_path / "b.jpg", tmp_path / "c.jpg"),
        )
    ]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("19,99 €", 19.99),
        ("$1,299.00", 1299.0),
        ("1.299,00 EUR", 1299.0),
        ("EUR 12", 12.0),
        ("1 299,50 kr", 1299.5),
        ("CHF 1'299.50", 1299.5),
        ("CHF 1'299.-", 1299.0),
        ("CHF 1’299.–", 1299.0),
        ("12,-", 12.0),
        ("1.299,-", 1299.0),
        ("12,99", 12.99),
        ("1.299 €", 1299.0),
        ("1.299", 1.299),
        ("0.990 BHD", 0.99),
        ("12,990 KWD", 12.99),
        ("₹1,29,999.00", 129999.0),
        ("Rs. 1,299", 1299.0),
        ("R$ 1.299,90", 1299.9),
        ("1\u202f299,00 €", 1299.0),
        ("12.99 - 15.99", 12.99),
        ("from 12.99", 12.99),
        ("12 x 50 g", 12.0),
        ("１２．９９", 12.99),
        ("1299.000", 1299.0),
        ("1,299", 1299.0),
        ("1.234.567", 1234567.0),
        ("0.5", 0.5),
        ("12.", 12.0),
        (7, 7.0),
        (decimal.Decimal("3.20"), 3.2),
        ("1.234,567.89", None),
        ("1,2.3,4 €", None),
        ("on request", None),
        ("", None),
        (float("nan"), None),
        (True, None),
    ],
)
def test_prices_are_read_in_every_usual_form(text, amount):
    assert price(text) == amount


def test_a_price_that_nobody_can_read_costs_no_more_than_itself(tmp_path):
    feed = write_lines(
        tmp_path / "a.jsonl", {"title": "Boots", "price": "1.234,567.89"}, {"title": "Hat", "price": "9"}
    )
    assert [(one.title, one.price) for one in read_feed(feed)] == [("Boots", None), ("Hat", 9.0)]


@pytest.mark.parametrize("separator", ["|", ";", ",", " | "])
def test_media_may_stand_in_one_text(tmp_path, separator):
    feed = write_lines(tmp_path / "feed.jsonl", {"title": "A", "images": separator.join(["a.jpg", "b.jpg"])})
    assert next(read_feed(feed)).media == (tmp_path / "a.jpg", tmp_path / "b.jpg")


def test_media_may_be_a_json_list_in_a_text_or_a_list_of_records(tmp_path):
    feed = write_lines(
        tmp_path / "feed.jsonl",
        {"title": "A", "images": '["a, b.jpg", "c.jpg"]'},
        {"title": "B", "images": [{"src": "d.jpg"}, {"path": "e.jpg"}]},
    )
    assert [product.media for product in read_feed(feed)] == [
        (tmp_path / "a, b.jpg", tmp_path / "c.jpg"),
        (tmp_path / "d.jpg", tmp_path / "e.jpg"),
    ]


@pytest.mark.parametrize(
    ("cell", "links"),
    [
        ("https://x.org/a.jpg?v=1,2;w=3", ["https://x.org/a.jpg?v=1,2;w=3"]),
        ("https://x.org/w_1,h_2/a.jpg, http://x.org/b.jpg", ["https://x.org/w_1,h_2/a.jpg", "http://x.org/b.jpg"]),
        ("https://x.org/a.jpg|https://x.org/b.jpg", ["https://x.org/a.jpg", "https://x.org/b.jpg"]),
        ("https://x.org/a.jpg\nhttps://x.org/a.jpg", ["https://x.org/a.jpg"]),
        ("//x.org/a.jpg,//x.org/b.jpg", ["https://x.org/a.jpg", "https://x.org/b.jpg"]),
        ("https://x.org/red cup.jpg", ["https://x.org/red%20cup.jpg"]),
        ([{"src": "https://x.org/a.jpg"}], ["https://x.org/a.jpg"]),
    ],
)
def test_pictures_may_be_named_by_addresses(tmp_path, cell, links):
    product = next(read_feed(write_lines(tmp_path / "feed.jsonl", {"title": "A", "Image Src": cell})))
    assert (list(product.links), product.media, product.attributes) == (links, (), {})


def test_paths_that_lead_outside_are_not_followed(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "way-out").symlink_to(tmp_path)
    outside = [
        "file:///etc/passwd",
        "ftp://example.org/a.jpg",
        "../secret.jpg",
        "/etc/passwd",
        "sub/../../secret.jpg",
        "way-out/secret.jpg",
        "nul\0.jpg",
    ]
    feed = write_lines(
        folder / "feed.jsonl", {"title": "A", "images": [*outside, "sub/../a.jpg", str(folder / "b.jpg")]}
    )
    product = next(read_feed(feed))
    assert product.media == (folder / "a.jpg", folder / "b.jpg")
    assert product.attributes == {"unread_media": outside}


def test_bad_rows_are_told_by_line_and_reason(tmp_path):
    feed = write_lines(
        tmp_path / "feed.jsonl",
        {"id": 1, "title": "A"},
        '{"id": 2, "title": ',
        "",
        {"id": 3, "title": "  "},
        "[1, 2]",
        {"id": 1, "title": "B"},
        {"id": 4, "title": "C"},
        "[" * 100_000,
    )
    rows = list(read_feed(feed))
    assert [row.key for row in rows if isinstance(row, Product)] == ["1", "4"]
    assert [row for row in rows if isinstance(row, BadRow)] == [
        BadRow(2, "not JSON: Expecting value at character 19"),
        BadRow(4, "no title"),
        BadRow(5, "not a JSON object"),
        BadRow(6, "the same key as row 1: '1'"),
        BadRow(8, "not JSON that can be read: nested too deeply or a number too long"),
    ]


def test_a_row_without_id_gets_a_key_that_stays(tmp_path):
    first = next(read_feed(write_lines(tmp_path / "a.jsonl", {"title": "Boots", "price": 1})))
    second, double = read_feed(write_lines(tmp_path / "b.jsonl", {"title": "Boots", "price": 2}, {"title": "Boots"}))
    assert first.key == second.key
    assert len(first.key) == 16
    assert double == BadRow(2, f"the same key as row 1: {first.key!r}")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_csv_is_read_whatever_its_dialect(tmp_path, delimiter, encoding):
    rows = [
        ["id", "name", "description", "price", "images"],
        ["1", "Käse, jung", '"Ein ""guter"" Käse;\nganz | mild"', '"3,50"', "a.jpg"],
        ["2", "Öl", "", "4", ""],
    ]
    rows[1][1] = f'"{rows[1][1]}"'
    feed = tmp_path / "feed.csv"
    feed.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    assert list(read_feed(feed)) == [
        Product(
            "1",
            "Käse, jung",
            'Ein "guter" Käse; ganz | mild',
            3.5,
            "",
            {"price_text": "3,50"},
            (tmp_path / "a.jpg",),
        ),
        Product("2", "Öl", "", 4.0, "", {"price_text": "4"}, ()),
    ]


def test_bad_csv_rows_are_told_by_the_line_they_start_in(tmp_path):
    feed = tmp_path / "feed.csv"
    feed.write_text('id,title\n1,"A\nB"\n2,C,D\n3\n4,E\n')
    assert list(read_feed(feed)) == [
        Product("1", "A B", "", None, "", {}, ()),
        BadRow(4, "3 fields, but the header names 2"),
        BadRow(5, "no title"),
        Product("4", "E", "", None, "", {}, ()),
    ]


def test_a_field_too_large_for_csv_is_a_bad_row(tmp_path):
    feed = tmp_path / "feed.csv"
    feed.write_text(f"id,title\n1,{'x' * 200_000}\n2,B\n")
    bad, good = read_feed(feed)
    assert bad == BadRow(2, "not CSV: field larger than field limit (131072)")
    assert good.title == "B"


def test_parquet_keeps_types_that_json_has(tmp_path):
    table = pyarrow.table(
        {
            "id": [1, 1],
            "title": ["Boots", "Again"],
            "price": [decimal.Decimal("19.90"), None],
            "images": [["a.jpg"], []],
            "made": [datetime.date(2024, 5, 1), None],
            "stock": [3, 4],
            "weight": [float("nan"), 1.5],
            "raw": [b"\x00", b"\x01"],
        }
    )
    feed = tmp_path / "feed.parquet"
    pyarrow.parquet.write_table(table, feed)
    product, double = read_feed(feed)
    assert product == Product("1", "Boots", "", 19.9, "", {"made": "2024-05-01", "stock": 3}, (tmp_path / "a.jpg",))
    assert json.loads(json.dumps(product.attributes)) == product.attributes
    assert double == BadRow(2, "the same key as row 1: '1'")


def test_tables_without_titles_are_no_feeds(tmp_path):
    table = tmp_path / "numbers.csv"
    table.write_text("x,y\n1,2\n")
    lines = write_lines(tmp_path / "log.jsonl", {"level": "info"}, "oops")
    for path in (table, lines):
        with pytest.raises(UnsupportedMedia, match="is not a product feed: no column is called title or name"):
            list(read_feed(path))


def test_a_cut_off_parquet_file_is_told(tmp_path):
    feed = tmp_path / "feed.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"title": ["A"] * 100}), feed)
    feed.write_bytes(feed.read_bytes()[:200])
    with pytest.raises(MediaError, match="is a damaged or cut off Parquet file"):
        list(read_feed(feed))


def test_a_parquet_feed_with_flipped_bits_is_read_or_named(tmp_path):
    day = datetime.date(2024, 1, 1)
    rows = [{"id": str(n), "title": f"Tasse ä {n}", "made": day + datetime.timedelta(n)} for n in range(20)]
    whole = tmp_path / "whole.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), whole, compression="NONE")
    content, chance, told = whole.read_bytes(), random.Random(1), []
    for number in range(200):
        damaged = bytearray(content)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        path = tmp_path / f"{number}.parquet"
        path.write_bytes(damaged)
        try:
            list(read_feed(path))
        except MediaError as error:
            told.append((path, str(error)))
    assert len(told) > 20
    assert [text for path, text in told if str(path) not in text or "\n" in text] == []
