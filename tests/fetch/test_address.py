"""Addresses are read strictly and written in one way."""

import pytest

from sensorium.errors import FetchError
from sensorium.fetch.address import read_address, require_port


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("HTTP://Shop.Example", "http://shop.example/"),
        ("https://shop.example:443/a%20b.jpg#top", "https://shop.example/a%20b.jpg"),
        ("http://shop.example:8080/?q=ä", "http://shop.example:8080/?q=%C3%A4"),
        ("https://bücher.example/ö", "https://xn--bcher-kva.example/%C3%B6"),
        ("http://[2606:4700::1111]/x", "http://[2606:4700::1111]/x"),
        ("  https://shop.example/x\n", "https://shop.example/x"),
    ],
)
def test_equal_addresses_are_equal_texts(given, expected):
    assert read_address(given).url == expected
    assert read_address(expected).url == expected


@pytest.mark.parametrize(
    "given",
    [
        "ftp://shop.example/x", "file:///etc/passwd", "gopher://x", "shop.example/x", "//shop.example/x", "",
        "http://", "http:///x", "http://shop.example:0/", "http://shop.example:99999/", "http://a b/", "http://[::1",
        "http://shop.example\\@10.0.0.1/", "http://shop.example/\r\nHost: other", "http://x/" + "a" * 5000,
    ],
)  # fmt: skip
def test_anything_else_is_refused(given):
    with pytest.raises(FetchError):
        read_address(given)


def test_a_password_is_refused_and_not_repeated():
    with pytest.raises(FetchError) as refused:
        read_address("https://ann:geheim@shop.example/x")
    assert "geheim" not in str(refused.value)


def test_a_port_must_be_one_that_is_named():
    address = read_address("http://shop.example:22/")
    with pytest.raises(FetchError, match="SENSORIUM_FETCH_PORTS"):
        require_port(address, {80, 443})
    require_port(address, {22})


def test_the_name_is_the_last_part_of_the_path():
    assert read_address("https://shop.example/a/red%20cup.jpg?w=3").name == "red cup.jpg"
    assert read_address("https://shop.example/").name == "shop.example"
