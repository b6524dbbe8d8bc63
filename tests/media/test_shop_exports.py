"""What shop systems export, in the columns and dialects that they write: Shopify, WooCommerce, Google's tables."""

from __future__ import annotations

import csv

import pytest

from sensorium.media.decoded import BadRow, Deletion, Product
from sensorium.media.feeds import read_changes, read_feed

SHOPIFY = """\
Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,\
Option2 Name,Option2 Value,\
Variant SKU,Variant Grams,Variant Inventory Policy,Variant Price,Variant Compare At Price,Image Src,Image Position,\
Image Alt Text,Gift Card,Variant Image,Status
shirt,Linen shirt,<p>Cool &amp; light</p>,Acme,Apparel > Shirts,Shirt,"summer, linen",TRUE,Size,S,Color,Blue,\
L-S-B,200,deny,39.00,49.00,https://x.org/1.jpg?v=1,1,Front,FALSE,https://x.org/blue.jpg,active
shirt,,,,,,,,,M,,Blue,L-M-B,210,deny,35.50,49.00,https://x.org/2.jpg?v=1,2,Back,,https://x.org/blue.jpg,
shirt,,,,,,,,,M,,White,L-M-W,210,deny,41.00,,,,,,https://x.org/white.jpg,
shirt,,,,,,,,,,,,,,,,,https://x.org/3.jpg?v=1,3,,,,
mug,Mug,,Acme,,Cup,,TRUE,Title,Default Title,,,M-1,300,deny,8.00,,https://x.org/mug.jpg,1,,FALSE,,active
,,,,,,,,,,,,,,,1.00,,,,,,,
shirt,,,,,,,,,XL,,White,L-XL-W,210,deny,44.00,,,,,,,
"""
WOOCOMMERCE = """\
ID,Type,SKU,Name,Published,Short description,Description,Sale price,Regular price,Categories,Tags,Images,Parent,\
Attribute 1 name,Attribute 1 value(s),Attribute 1 visible,Attribute 2 name,Attribute 2 value(s)
44,variable,tee,V-Neck T-Shirt,1,A tee.,"<p>Soft.</p>\\n\\nWashable.",,,"Clothing > Tshirts, Sale","new, soft",\
"https://x.org/tee.jpg, https://x.org/tee-back.jpg",,Colour,"Blue, Green",1,Size,"S, M"
45,simple,cap,Cap,1,A cap.,,16,18,Clothing > Accessories,,https://x.org/cap.jpg,,Colour,"Black\\, matt",1,,
60,variation,tee-blue,V-Neck T-Shirt - Blue,1,,,,20,,,https://x.org/tee-blue.jpg,tee,Colour,Blue,,Size,
61,"variation, virtual",tee-green,V-Neck T-Shirt - Green,1,,,12.5,20,,,https://x.org/tee.jpg,tee,Colour,Green,,,
62,variation,lost,Hat - Red,1,,,,9,,,https://x.org/hat.jpg,hat,Colour,Red,,,
"""


@pytest.fixture
def table(tmp_path):
    def write(text, name="feed.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text(text, encoding, newline="")
        return path

    return write


def test_shopifys_continuation_rows_belong_to_the_product_above(table):
    shirt, mug, *bad = read_feed(table(SHOPIFY))
    assert shirt == Product(
        key="shirt",
        title="Linen shirt",
        description="Cool & light",
        price=35.5,
        category="Apparel > Shirts",
        attributes={
            "Vendor": "Acme",
            "Type": "Shirt",
            "Tags": ["summer", "linen"],
            "Published": "TRUE",
            "Size": ["S", "M"],
            "Color": ["Blue", "White"],
            "Variant SKU": ["L-S-B", "L-M-B", "L-M-W"],
            "Variant Grams": ["200", "210"],
            "Variant Compare At Price": "49.00",
            "Image Alt Text": ["Front", "Back"],
            "Status": "active",
            "price_text": "from 35.50",
        },
        media=(),
        links=(
            "https://x.org/1.jpg?v=1",
            "https://x.org/2.jpg?v=1",
            "https://x.org/3.jpg?v=1",
            "https://x.org/blue.jpg",
            "https://x.org/white.jpg",
        ),
    )
    assert (mug.key, mug.price, mug.attributes["price_text"], mug.links) == (
        "mug",
        8,
        "8.00",
        ("https://x.org/mug.jpg",),
    )
    assert "Title" not in mug.attributes
    assert bad == [BadRow(7, "no title"), BadRow(8, "no title")]


def test_shopifys_newer_columns_are_grouped_too(table):
    text = """Title,URL handle,Description,Option1 name,Option1 value,SKU,Price,Product image URL,Image position
Mug,mug,A mug,Colour,Red,M-R,9.00,https://x.org/1.jpg,1
,mug,,,Blue,M-B,8.00,https://x.org/2.jpg,2
"""
    (mug,) = read_feed(table(text))
    assert (mug.key, mug.price, mug.attributes["price_text"]) == ("mug", 8, "from 8.00")
    assert (mug.attributes["Colour"], mug.attributes["SKU"]) == (["Red", "Blue"], ["M-R", "M-B"])
    assert mug.links == ("https://x.org/1.jpg", "https://x.org/2.jpg")


def test_a_bad_continuation_row_costs_its_picture_alone(table):
    text = "Handle,Title,Image Src\nmug,Mug,https://x.org/1.jpg\nmug,,https://x.org/2.jpg,too,many\nmug,,https://x.org/3.jpg\n"
    found = list(read_feed(table(text)))
    assert [row for row in found if isinstance(row, BadRow)] == [BadRow(3, "5 fields, but the header names 3")]
    (mug,) = (row for row in found if isinstance(row, Product))
    assert mug.links == ("https://x.org/1.jpg", "https://x.org/3.jpg")


def test_changes_of_a_shopify_file_are_grouped_as_the_file_is(table):
    text = "Handle,Title,Image Src,Deleted\nmug,Mug,https://x.org/1.jpg,\nmug,,https://x.org/2.jpg,\ncup,,,true\n"
    mug, gone = read_changes(table(text))
    assert (mug.key, len(mug.links), gone) == ("mug", 2, Deletion("cup"))


@pytest.mark.parametrize("parent", ["tee", "id:44"])
def test_woocommerces_variations_belong_to_their_parents_wherever_they_stand(table, parent):
    tee, cap, hat = read_feed(table(WOOCOMMERCE.replace(",tee,Colour", f",{parent},Colour")))
    assert tee == Product(
        key="44",
        title="V-Neck T-Shirt",
        description="Soft. Washable.",
        price=12.5,
        category="Clothing > Tshirts, Sale",
        attributes={
            "Type": "variable",
            "SKU": "tee",
            "Published": "1",
            "Short description": "A tee.",
            "Tags": ["new", "soft"],
            "Colour": ["Blue", "Green"],
            "Size": ["S", "M"],
            "variation_sku": ["tee-blue", "tee-green"],
            "price_text": "from 12.5",
        },
        media=(),
        links=("https://x.org/tee.jpg", "https://x.org/tee-back.jpg", "https://x.org/tee-blue.jpg"),
    )
    assert (cap.price, cap.description, cap.attributes["Regular price"]) == (16, "A cap.", "18")
    assert cap.attributes["Colour"] == "Black, matt"
    assert (hat.key, hat.title, hat.attributes["Parent"]) == ("62", "Hat - Red", "hat")  # its parent is not in the file


def test_a_child_before_its_parent_is_its_variation_as_well(table):
    lines = WOOCOMMERCE.splitlines()
    tee, cap = read_feed(table("\n".join([lines[0], lines[3], lines[1], lines[2]])))
    assert (tee.price, cap.title) == (20, "Cap")


@pytest.mark.parametrize(
    ("name", "encoding"), [("feed.tsv", "utf-8"), ("feed.tsv", "utf-16"), ("feed.csv", "utf-8-sig")]
)
def test_googles_table_is_read(table, name, encoding):
    text = (
        "id\ttitle\tdescription\tlink\timage_link\tadditional_image_link\tavailability\tprice\tsale_price\tbrand\n"
        'A1\tMonitor 27"\tSharp; bright, flat\thttps://x.org/a\thttps://x.org/a.jpg\t'
        "https://x.org/b.jpg,https://x.org/c,d.jpg\tin stock\t1299.00 EUR\t999.00 EUR\tAcmé\n"
    )
    (product,) = read_feed(table(text, name, encoding))
    assert (product.key, product.title, product.price) == ("A1", 'Monitor 27"', 1299)
    assert product.links == ("https://x.org/a.jpg", "https://x.org/b.jpg", "https://x.org/c,d.jpg")
    assert product.attributes == {
        "link": "https://x.org/a",
        "availability": "in stock",
        "sale_price": "999.00 EUR",
        "brand": "Acmé",
        "price_text": "1299.00 EUR",
    }


def test_a_quote_that_a_tab_separated_title_begins_with_swallows_no_rows(table):
    rows = ['"Best" mug', '"Tall mug', 'Mug 12"', '"A ""good"" mug"', "Mug"]
    text = "id\ttitle\n" + "".join(f"{number}\t{title}\n" for number, title in enumerate(rows))
    found = list(read_feed(table(text, "feed.tsv")))
    assert [row.title for row in found if isinstance(row, Product)] == [
        '"Best" mug', '"Tall mug', 'Mug 12"', 'A "good" mug', "Mug",
    ]  # fmt: skip


def test_a_quoted_cell_of_a_tab_separated_file_may_have_lines_and_tabs(table, tmp_path):
    path = tmp_path / "feed.tsv"
    with path.open("w", newline="") as file:
        csv.writer(file, dialect="excel-tab").writerows(
            [["id", "title", "price"], ["1", 'Two\nlines, a\ttab,\n\n"quoted"', "3"], ["2", "B", "4"]]
        )
    assert [row.title for row in read_feed(path)] == ['Two lines, a tab, "quoted"', "B"]
