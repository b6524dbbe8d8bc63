"""How much and how long: bodies without end, bombs, lies about lengths, servers that drip."""

import asyncio
import gzip
import socket
import time
import zlib

import pytest

from sensorium.errors import FetchError
from tests.fetch.conftest import left_behind
from tests.fetch.servers import Page, picture_bytes, raw_server

RED = picture_bytes("red")


def endless():
    while True:
        yield b"\x89PNG\r\n\x1a\n" + b"\1" * 65528


def test_a_body_without_end_is_cut_off(server, fetch, tmp_path):
    server.pages["/x.png"] = Page(chunks=endless)
    with pytest.raises(FetchError, match="more than 2 MB"):
        fetch(server.url("/x.png"), max_bytes=2_000_000)
    assert left_behind(tmp_path) == []


def test_a_length_that_is_too_large_is_believed_at_once(server, fetch):
    server.pages["/x.png"] = Page(RED, length=5_000_000_000)
    with pytest.raises(FetchError, match="more than 2 MB"):
        fetch(server.url("/x.png"), max_bytes=2_000_000)


@pytest.mark.parametrize("length", [len(RED) + 1000, len(RED) * 2])
def test_a_body_that_is_shorter_than_its_length_is_not_taken_for_whole(server, fetch, length, tmp_path):
    server.pages["/x.png"] = Page(RED, length=length)
    with pytest.raises(FetchError, match="broke off"):
        fetch(server.url("/x.png"), tries=1)
    assert left_behind(tmp_path) == []


def test_a_length_that_is_too_small_gives_no_more_than_it_says(server, fetch):
    server.pages["/x.png"] = Page(RED + b"\0" * 1000, length=len(RED))
    assert fetch(server.url("/x.png")).file.read_bytes() == RED


def test_a_bomb_is_unpacked_no_further_than_the_limit(server, fetch, tmp_path):
    packed = gzip.compress(RED + b"\0" * 200_000_000, 9)
    assert len(packed) < 250_000
    server.pages["/x.png"] = Page(packed, headers={"Content-Encoding": "gzip"})
    began = time.monotonic()
    with pytest.raises(FetchError, match="more than 2 MB"):
        fetch(server.url("/x.png"), max_bytes=2_000_000)
    assert time.monotonic() - began < 8
    assert left_behind(tmp_path) == []


def test_a_compressed_body_is_unpacked(server, fetch):
    for encoding, packed in (("gzip", gzip.compress(RED)), ("deflate", zlib.compress(RED))):
        server.pages["/x.png"] = Page(packed, headers={"Content-Encoding": encoding})
        assert fetch(server.url("/x.png")).file.read_bytes() == RED


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("br", RED),
        ("gzip, gzip", RED),
        ("gzip", RED),
        ("gzip", gzip.compress(RED)[:-9]),
        ("gzip", gzip.compress(RED) + RED),
    ],
)
def test_other_and_broken_encodings_are_refused(server, fetch, encoding, body):
    server.pages["/x.png"] = Page(body, headers={"Content-Encoding": encoding})
    with pytest.raises(FetchError):
        fetch(server.url("/x.png"))


def test_a_server_that_says_nothing_is_given_up(fetch):
    with raw_server(lambda _: time.sleep(20)) as port:
        began = time.monotonic()
        with pytest.raises(FetchError, match="fell silent"):
            fetch(f"http://127.0.0.1:{port}/x", read_s=0.3, tries=2)
        assert time.monotonic() - began < 8


def test_a_server_that_drips_its_headers_is_given_up(fetch):
    """Slow loris: each byte comes in time, the whole never would."""

    def drip(connection):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            connection.sendall(b"a")
            time.sleep(0.05)

    with raw_server(drip) as port:
        began = time.monotonic()
        with pytest.raises(FetchError, match="SENSORIUM_FETCH_TIMEOUT_S"):
            fetch(f"http://127.0.0.1:{port}/x", whole_s=0.6)
        assert time.monotonic() - began < 8


def test_a_server_that_drips_its_body_is_given_up(server, fetch, tmp_path):
    def drips():
        yield RED[:50]
        while True:
            time.sleep(0.05)
            yield b"a"

    server.pages["/x.png"] = Page(chunks=drips)
    with pytest.raises(FetchError, match="took longer"):
        fetch(server.url("/x.png"), whole_s=0.6)
    assert left_behind(tmp_path) == []


def test_a_name_server_that_says_nothing_is_given_up(fetch):
    async def silent(host, port):
        await asyncio.sleep(30)

    began = time.monotonic()
    with pytest.raises(FetchError, match="cannot be reached in time"):
        fetch("https://shop.example/x", resolve=silent, connect_s=0.2, tries=1)
    assert time.monotonic() - began < 8


def test_headers_without_end_are_cut_off(fetch):
    def pour(connection):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X: " + b"a" * 60_000 + b"\r\n")

    with raw_server(pour) as port, pytest.raises(FetchError, match="does not speak HTTP"):
        fetch(f"http://127.0.0.1:{port}/x", tries=1)


def test_what_is_no_web_server_is_told(fetch):
    def greet(connection):
        connection.sendall(b"SSH-2.0-OpenSSH\r\n")

    with raw_server(greet) as port, pytest.raises(FetchError):
        fetch(f"http://127.0.0.1:{port}/x", tries=1)


def test_nobody_there_is_told(fetch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(FetchError, match="connection failed"):
        fetch(f"http://127.0.0.1:{port}/x", tries=2)
