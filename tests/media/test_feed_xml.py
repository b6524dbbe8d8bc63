"""XML feeds: what shops write for advertisements, and what they get wrong in it."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from sensorium.errors import MediaError, UnsupportedMedia
from sensorium.media.decoded import BadRow, Deletion, Product
from sensorium.media.feeds import read_changes, read_feed

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0">
<channel><title>A shop</title><link>https://x.org</link><description>All of it</description>
{items}
</channel></rss>
"""
ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:{g}="http://base.google.com/ns/1.0">
<title>A shop</title><author><name>Me</name></author><updated>2024-05-01T12:00:00Z</updated>
<entry>
  <title type="html">Red cup</title><{g}:id>7</{g}:id><id>tag:x.org,7</id>
  <link href="https://x.org/7"/><summary>A cup that is red</summary>
  <{g}:image_link>a.jpg</{g}:image_link><{g}:price>12.99 EUR</{g}:price>
</entry>
</feed>
"""


@pytest.fixture
def feed(tmp_path):
    """Call it with a text, and an encoding, to have a file."""

    def write(text, encoding="utf-8", name="feed.xml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


def rss(*items):
    return RSS.format(items="\n".join(items))


def titles(path):
    return [row.title for row in read_feed(path) if isinstance(row, Product)]


def bad(path):
    return [row for row in read_feed(path) if isinstance(row, BadRow)]


def test_a_merchant_feed_as_rss_becomes_products(feed, tmp_path):
    item = """<item><g:id>1</g:id><title>A shop's cup</title><g:title>Red cup</g:title>
        <description><![CDATA[<p>Holds <b>tea</b> & milk, not </item></p>]]></description>
        <link>https://x.org/1</link>
        <g:image_link>https://x.org/a.jpg?w=1&amp;h=2</g:image_link>
        <g:additional_image_link>https://x.org/b.jpg</g:additional_image_link>
        <g:additional_image_link>pictures/c.jpg</g:additional_image_link>
        <g:price>12.99 EUR</g:price><g:sale_price>9.99 EUR</g:sale_price>
        <g:availability>in_stock</g:availability><g:product_type>Kitchen &gt; Cups</g:product_type>
        <g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping><g:mpn/></item>"""
    assert list(read_feed(feed(rss(item)))) == [
        Product(
            key="1",
            title="Red cup",
            description="Holds tea & milk, not",
            price=12.99,
            category="Kitchen > Cups",
            attributes={
                "link": "https://x.org/1",
                "sale_price": "9.99 EUR",
                "availability": "in_stock",
                "shipping": {"country": "DE", "price": "4.90 EUR"},
                "price_text": "12.99 EUR",
            },
            media=(tmp_path / "pictures/c.jpg",),
            links=("https://x.org/a.jpg?w=1&h=2", "https://x.org/b.jpg"),
        )
    ]


@pytest.mark.parametrize("prefix", ["g", "merchant"])
def test_a_merchant_feed_as_atom_becomes_products_whatever_its_prefix(feed, tmp_path, prefix):
    product, *others = read_feed(feed(ATOM.format(g=prefix)))
    assert (product.key, product.title, product.description, product.price, product.media, others) == (
        "7", "Red cup", "A cup that is red", 12.99, (tmp_path / "a.jpg",), [],
    )  # fmt: skip


def test_the_prefix_g_is_understood_where_nobody_declared_it(feed):
    text = "<rss><channel><item><g:id>1</g:id><title>Cup</title></item></channel></rss>"
    assert [row.key for row in read_feed(feed(text))] == ["1"]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("<all><product><id>1</id><name>A</name></product><product><id>2</id><name>B</name></product></all>", "12"),
        ('<s name="S"><of><offer id="1"><name>A</name></offer><offer id="2"><name>B</name></offer></of></s>', "12"),
        ('<list><p sku="1" title="A" price="3"/><p sku="2" title="B > C" price="4"/></list>', "12"),
        ("<SHOP><SHOPITEM><ITEM_ID>1</ITEM_ID><PRODUCTNAME>A</PRODUCTNAME></SHOPITEM></SHOP>", "1"),
        ("<a><one><name>x</name></one><p><q><id>1</id><name>A</name></q><q><id>2</id><name>B</name></q></p></a>", "12"),
    ],
)  # fmt: skip
def test_plain_lists_of_equal_elements_are_feeds(feed, text, keys):
    assert "".join(row.key for row in read_feed(feed(text))) == keys


def test_products_within_products_are_no_rows_of_their_own(feed):
    row = "<product><id>{}</id><name>A</name><goes_with><product><id>9</id></product></goes_with></product>"
    first, second = read_feed(feed(f"<all>{row.format(1)}{row.format(2)}</all>"))
    assert (first.key, second.key, first.attributes) == ("1", "2", {"goes_with": {"product": {"id": "9"}}})


def test_elements_of_a_row_are_text_lists_or_mappings(feed, tmp_path):
    text = """<all><good><name>A</name><price currency="EUR">1.299,00</price>
        <param name="Colour">red</param><param name="Size">M</param><tag>x</tag><tag>y</tag>
        <images><image>a.jpg</image><image><url>b.jpg</url></image></images>
        <description><p>Warm</p> and <b>dry</b></description><box><w>1</w><w>2</w><h/></box></good></all>"""
    (product,) = read_feed(feed(text))
    assert product.price == 1299
    assert (product.description, product.media) == ("Warm and dry", (tmp_path / "a.jpg", tmp_path / "b.jpg"))
    assert product.attributes == {
        "price_text": "1.299,00 EUR",
        "Colour": "red",
        "Size": "M",
        "tag": ["x", "y"],
        "box": {"w": ["1", "2"], "h": None},
    }


def test_pictures_that_come_with_an_entry_are_its_own(feed):
    item = """<item><title>A</title><enclosure url="https://x.org/a.jpg" type="image/jpeg" length="1"/>
        <enclosure url="https://x.org/a.mp3" type="audio/mpeg" length="1"/>
        <m:content xmlns:m="http://search.yahoo.com/mrss/" url="https://x.org/b.jpg" medium="image"/></item>"""
    assert next(read_feed(feed(rss(item)))).links == ("https://x.org/a.jpg", "https://x.org/b.jpg")


def test_a_broken_row_is_named_by_its_line_and_the_others_are_kept(feed):
    path = feed(
        rss(
            "<item><g:id>1</g:id><title>One</title></item>",
            "<item><g:id>2</g:id><title>Salt & pepper</title></item>",
            "<item><g:id>3</g:id><title>Never closed",
            "<item><g:id>4</g:id><title>Four<title></item>",
            "<item><g:id>5</g:id><title>Five&nbsp;and</title></item>",
            "<item><g:id>6</g:id></item>",
            "<item><g:id>7</g:id><title><![CDATA[Seven</title></item>",
            "<item><g:id>8</g:id><title>Eight \x01</title></item>",
            "<item/>",
            "<item><g:id>1</g:id><title>Nine</title></item>",
            "<!-- <item><title>Not sold any more</title></item> -->",
            "<item><g:id>10</g:id><title>Ten</title></item>",
        )
    )
    assert titles(path) == ["One", "Ten"]
    assert bad(path) == [
        BadRow(6, "not XML: an & stands alone; write it as &amp;"),
        BadRow(7, "not closed before the next <item>"),
        BadRow(8, "not XML: Opening and ending tag mismatch: title line 1 and item"),
        BadRow(9, "not XML: &nbsp; is HTML's; write the character itself"),
        BadRow(10, "no title"),
        BadRow(11, "cut off: there is no </item>"),
        BadRow(12, "not XML: PCDATA invalid Char value 1"),
        BadRow(13, "no title"),
        BadRow(14, "the same key as row 5: '1'"),
    ]


def test_a_feed_that_breaks_off_keeps_what_is_whole(feed):
    text = rss(*(f"<item><title>Cup {number}</title></item>" for number in range(9)))
    path = feed(text[: text.index("Cup 7")])
    assert titles(path) == [f"Cup {number}" for number in range(7)]
    assert [row.reason for row in bad(path)] == ["cut off: there is no </item>"]


HOSTILE = [
    '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>',
    '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/shop.dtd">',
    '<!doctype rss [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>',
    'not XML <!DOCTYPE rss [<!ENTITY a "b">]>',
]


@pytest.mark.parametrize("start", HOSTILE)
def test_document_types_are_refused_before_anything_is_parsed(feed, start):
    path = feed(f"{start}<rss><channel><item><title>Cup &a;</title></item></channel></rss>")
    with pytest.raises(MediaError, match="declares a document type") as caught:
        list(read_feed(path))
    assert str(path) in str(caught.value)


def test_a_document_type_within_a_row_declares_nothing(feed):
    item = '<item><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><title>Cup &a;</title></item>'
    path = feed(rss(item, "<item><title>Tea</title></item>"))
    assert (titles(path), len(bad(path))) == (["Tea"], 1)


def test_elements_nested_too_deeply_cost_their_row(feed):
    deep = [f"<item><title>Deep</title>{'<a>' * depth}x{'</a>' * depth}</item>" for depth in (20, 100_000)]
    path = feed(rss("<item><title>First</title></item>", *deep, "<item><title>Tea</title></item>"))
    assert titles(path) == ["First", "Tea"]
    told = [row.reason for row in bad(path)]
    assert told[0] == "nested deeper than 16 elements"
    assert "Excessive depth" in told[1]


def test_a_row_without_end_takes_no_memory_along(feed):
    path = feed(rss("<item><title>First</title></item>", f"<item><title>{'x' * 30_000_000}</title></item>"))
    tracemalloc.start()
    found = list(read_feed(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row.title for row in found if isinstance(row, Product)] == ["First"]
    assert BadRow(6, "longer than 1 Mi characters, or not closed") in found
    assert peak < 20_000_000


def test_memory_stays_flat_over_many_rows(feed):
    peaks = []
    for count in (1200, 3000):
        rows = (f"<item><title>Cup {n}</title><description>{'tea ' * 250}</description></item>" for n in range(count))
        path = feed(rss(*rows))
        tracemalloc.start()
        assert sum(isinstance(row, Product) for row in read_feed(path)) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 900_000  # of two million bytes more: the keys, to tell a second of one


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("UTF-8", "utf-8"), ("utf-8", "utf-8-sig"), ("ISO-8859-1", "latin-1"), ("windows-1252", "cp1252"),
        ("ISO-8859-15", "iso8859-15"), ("UTF-16", "utf-16"), ("UTF-16", "utf-16-le"), ("UTF-16", "utf-8"),
        (None, "utf-8"), (None, "cp1252"),
    ],
)  # fmt: skip
def test_text_is_read_in_the_encoding_that_is_declared(feed, declared, encoding):
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    row = "<item><title>Süße Grüße, Käse für Özgür</title></item>"
    path = feed(f"{head}\n<rss><channel>{row}</channel></rss>", encoding)
    assert titles(path) == ["Süße Grüße, Käse für Özgür"]


def test_the_euro_sign_that_latin_1_has_not_is_read_nevertheless(feed):
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><rss><channel><item><title>9 €</title></item></channel></rss>'
    assert titles(feed(text, "cp1252")) == ["9 €"]


def test_a_row_in_another_encoding_than_declared_is_named(feed):
    text = rss(
        "<item><title>One</title></item>", "<item><title>K\udce4se</title></item>", "<item><title>Three</title></item>"
    )
    path = feed(text.encode("utf-8", "surrogateescape"))
    assert titles(path) == ["One", "Three"]
    assert [row.number for row in bad(path)] == [6]
    assert "not in the encoding" in bad(path)[0].reason


@pytest.mark.parametrize("declared", ["klingon", "hex", "rot13", "idna", "unicode_escape"])
def test_unknown_encodings_are_told_with_the_cure(feed, declared):
    path = feed(
        f'<?xml version="1.0" encoding="{declared}"?><rss><channel><item><title>A</title></item></channel></rss>'
    )
    with pytest.raises(MediaError, match="Save it as UTF-8"):
        list(read_feed(path))


@pytest.mark.parametrize(
    "text",
    [
        "<settings><path>x</path><path>y</path></settings>",
        "<page><title>One page</title></page>",
        "no XML at all",
        "<",
        "<a>",
    ],
)
def test_other_xml_is_no_feed(feed, text):
    path = feed(text)
    with pytest.raises(UnsupportedMedia, match="is not a product feed"):
        list(read_feed(path))


def test_changes_may_be_xml_too(feed):
    rows = "<item><g:id>1</g:id><title>One</title></item><item><g:id>2</g:id><g:deleted>true</g:deleted></item>"
    changed, gone = read_changes(feed(rss(rows)))
    assert (changed.title, gone) == ("One", Deletion("2"))


def test_a_flipped_bit_costs_two_rows_at_most_or_is_told(feed):
    items = (f"<item><g:id>{n}</g:id><title>Tasse ä {n}</title><g:price>{n} EUR</g:price></item>" for n in range(20))
    whole, chance, told, read = rss(*items).encode(), random.Random(1), [], []
    for _ in range(120):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        path = feed(bytes(damaged))
        try:
            read.append((len(titles(path)), len(bad(path))))
        except MediaError as error:
            told.append((path, str(error)))
    assert [text for path, text in told if str(path) not in text] == []
    assert len(read) > 100
    assert min(good for good, _ in read) >= 18
    assert min(good + named for good, named in read) >= 19  # two rows may become one
