"""What is fetched, and what is not: every attack on a program that fetches what a list names."""

import asyncio
import email.utils
import gzip
import shutil
import socket
import ssl
import subprocess
import time
import zlib

import pytest

from sensorium.errors import FetchError
from sensorium.fetch import Fetched, Gone, Unchanged
from tests.fetch.servers import Page, picture_bytes, raw_server

RED = picture_bytes("red")


def left_behind(tmp_path):
    return [path.name for path in (tmp_path / "fetched").glob("*")] if (tmp_path / "fetched").exists() else []


def test_a_file_comes_with_what_its_server_says_of_it(server, fetch):
    server.pages["/a/red%20cup.png"] = Page(
        RED, headers={"ETag": '"1"', "Last-Modified": "Mon, 02 Nov 2026 09:00:00 GMT"}
    )
    got = fetch(server.url("/a/red%20cup.png"))
    assert isinstance(got, Fetched)
    assert got.file.read_bytes() == RED
    assert (got.size, got.mime, got.name, got.file.suffix) == (len(RED), "image/png", "red cup.png", ".png")
    assert (got.etag, got.modified) == ('"1"', "Mon, 02 Nov 2026 09:00:00 GMT")
    headers = server.asked[0][1]
    assert headers["User-Agent"].startswith("Sensorium/")
    assert headers["Accept-Encoding"] == "identity"
    assert not {"Authorization", "Cookie", "Referer"} & set(headers)


def test_what_has_not_changed_is_not_sent_again(server, fetch):
    server.put("/x.png", RED, etag='"1"')
    assert fetch(server.url("/x.png"), etag='"1"') == Unchanged()
    assert isinstance(fetch(server.url("/x.png"), etag='"0"'), Fetched)
    fetch(server.url("/x.png"), modified="Mon, 02 Nov 2026 09:00:00 GMT")
    assert server.asked[-1][1]["If-Modified-Since"] == "Mon, 02 Nov 2026 09:00:00 GMT"


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_no_more_is_told_so(server, fetch, status):
    server.pages["/x"] = Page(status=status)
    assert fetch(server.url("/x")) == Gone(status)


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 403, 418])
def test_any_other_answer_is_a_failure(server, fetch, status, tmp_path):
    server.pages["/x"] = Page(status=status)
    with pytest.raises(FetchError, match=str(status)):
        fetch(server.url("/x"))
    assert left_behind(tmp_path) == []


# where to


def test_this_machine_is_out_of_reach_unless_it_is_allowed(server, fetch):
    server.pages["/x.png"] = Page(RED)
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1"):
        with pytest.raises(FetchError, match="not on the public internet"):
            fetch(server.url("/x.png", host), allow=())
    assert server.asked == []


def test_a_redirect_is_followed_and_judged_like_any_address(server, fetch):
    server.pages["/x.png"] = Page(RED)
    server.pages["/old"] = Page(status=301, headers={"Location": "/x.png"})
    assert fetch(server.url("/old")).name == "x.png"
    for target in (
        "http://127.0.0.2:{}/x.png",
        "http://169.254.169.254/latest",
        "http://[::1]:{}/x.png",
        "file:///etc/passwd",
    ):
        server.pages["/evil"] = Page(status=302, headers={"Location": target.format(server.port)})
        with pytest.raises(FetchError):
            fetch(server.url("/evil"), allow=("127.0.0.1/32",))
    assert server.times("/x.png") == 1


def test_what_several_addresses_lead_to_is_kept_for_each_under_its_name(server, fetch):
    server.pages["/9f3a.png"] = Page(RED)
    server.pages |= {
        path: Page(status=302, headers={"Location": "/9f3a.png"}) for path in ("/red%20cup.png", "/go?to=1")
    }
    cup, other = fetch(server.url("/red%20cup.png")), fetch(server.url("/go?to=1"))
    assert (cup.name, other.name) == ("red cup.png", "9f3a.png")
    assert cup.file != other.file
    assert cup.file.read_bytes() == other.file.read_bytes() == RED


def test_a_redirect_to_another_port_is_refused(server, fetch):
    server.pages["/evil"] = Page(status=302, headers={"Location": "http://127.0.0.1:22/"})
    with pytest.raises(FetchError, match="port 22"):
        fetch(server.url("/evil"))


def test_redirects_in_a_circle_come_to_an_end(server, fetch):
    server.pages["/a"] = Page(status=302, headers={"Location": "/a"})
    with pytest.raises(FetchError, match="more than 5 times"):
        fetch(server.url("/a"))
    assert server.times("/a") == 6


def test_a_name_is_asked_for_once_and_what_it_gave_is_connected_to(server, fetch):
    """Rebinding: the name is harmless when it is judged, and would be something else a moment later."""
    server.pages["/x.png"] = Page(RED)
    answers = [("127.0.0.1",), ("127.0.0.66",)]
    asked = []

    async def rebinding(host, port):
        asked.append(host)
        return answers[min(len(asked), 2) - 1]

    got = fetch(server.url("/x.png", "shop.example"), allow=("127.0.0.1/32",), resolve=rebinding)
    assert (got.size, asked) == (len(RED), ["shop.example"])
    assert server.asked[0][1]["Host"] == f"shop.example:{server.port}"
    with pytest.raises(FetchError, match=r"127\.0\.0\.66"):
        fetch(server.url("/x.png", "shop.example"), allow=("127.0.0.1/32",), resolve=rebinding)


@pytest.mark.parametrize(
    "found", [("10.0.0.1",), ("93.184.216.34", "192.168.0.1"), ("::ffff:127.0.0.1",), ("fe80::1%2",)]
)
def test_a_name_that_leads_inside_is_refused(fetch, found):
    async def inside(host, port):
        return found

    with pytest.raises(FetchError, match="SENSORIUM_FETCH_ALLOW"):
        fetch("https://shop.example/x.png", allow=(), resolve=inside)


def test_a_proxy_of_the_environment_is_not_used(server, fetch, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.pages["/x.png"] = Page(RED)
    assert fetch(server.url("/x.png")).size == len(RED)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl, which is not here")
def test_a_server_must_prove_its_name_though_its_address_is_connected_to(fetch, tmp_path):
    pem = tmp_path / "shop.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=shop.example"
    subprocess.run([*make.split(), "-keyout", pem, "-out", pem.with_suffix(".crt")], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem.with_suffix(".crt"), pem)
    named = []
    context.sni_callback = lambda _socket, name, _context: named.append(name)

    def talk(connection):
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + RED)

    async def here(host, port):
        return ("127.0.0.1",)

    with raw_server(talk) as port, pytest.raises(FetchError, match="certificate"):
        fetch(f"https://shop.example:{port}/x.png", resolve=here, tries=1)
    assert named == ["shop.example"]


# how much


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


# how long


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


# what


@pytest.mark.parametrize(
    ("body", "declared"),
    [
        (RED, "text/html"), (RED, "application/pdf"), (RED, "video/mp4"), (RED, "application/json"),
        (b"<html>Log in first</html>", "image/png"), (b"<svg/>", "image/svg+xml"), (b"MZ\x90\0" * 50, "image/png"),
        (b"MZ\x90\0" * 50, "application/octet-stream"), (b"plain words", "application/octet-stream"),
        (b"id,title\n1,cup", "text/csv"), (b"\0\1\2" * 50, "text/plain"), (b"PK\3\4" + b"\0" * 99, "application/zip"),
        (b"", "image/png"),
    ],
)  # fmt: skip
def test_what_is_not_what_it_is_called_is_refused(server, fetch, body, declared, tmp_path):
    server.pages["/x"] = Page(body, declared)
    with pytest.raises(FetchError):
        fetch(server.url("/x"))
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("body", "declared", "suffix"),
    [
        (RED, "image/png", ".png"), (RED, "image/jpeg", ".png"), (RED, "IMAGE/PNG; charset=x", ".png"),
        (RED, "application/octet-stream", ".png"), (RED, None, ".png"), (b"%PDF-1.7 x", "application/pdf", ".pdf"),
        (b"<p>The harbour", "text/html; charset=utf-8", ".html"), (b"The harbour", "text/plain", ".txt"),
        (b"OggS" + b"\0" * 30, "audio/ogg", ".ogg"), (b"\0\0\0\x18ftypisom", "audio/mp4", ".mp4"),
    ],
)  # fmt: skip
def test_what_is_read_is_taken_by_what_it_is(server, fetch, body, declared, suffix):
    server.pages["/x"] = Page(body, declared)
    assert fetch(server.url("/x")).file.suffix == suffix


def test_a_wrong_type_ends_before_the_body_does(server, fetch):
    def words():
        while True:
            yield b"no picture " * 1000

    server.pages["/x"] = Page(chunks=words)
    began = time.monotonic()
    with pytest.raises(FetchError, match="begins like"):
        fetch(server.url("/x"))
    assert time.monotonic() - began < 8


def test_a_name_never_leads_anywhere(server, fetch, tmp_path):
    for header in (
        'attachment; filename="../../evil.png"',
        "attachment; filename*=UTF-8''..%2F..%2Fevil.png",
        "attachment; filename*=UTF-8''evi%00%0al.png",
    ):
        server.pages["/x"] = Page(RED, headers={"Content-Disposition": header})
        got = fetch(server.url("/x"))
        assert (got.name, got.file.parent) == ("evil.png", tmp_path / "fetched")
    server.pages["/.."] = Page(RED, headers={"Content-Disposition": 'attachment; filename=".."'})
    assert fetch(server.url("/..")).name == "127.0.0.1"


# how politely


def test_what_may_pass_is_tried_again(server, fetch):
    answers = [Page(status=503), Page(status=500), Page(RED)]
    server.pages["/x"] = lambda _: answers.pop(0)
    assert fetch(server.url("/x")).size == len(RED)
    assert server.times("/x") == 3


def test_a_rest_that_is_asked_for_is_kept(server, fetch):
    answers = [Page(status=429, headers={"Retry-After": "1"}), Page(RED)]
    server.pages["/x"] = lambda _: answers.pop(0)
    began = time.monotonic()
    fetch(server.url("/x"))
    assert time.monotonic() - began >= 1


def test_a_rest_that_is_too_long_ends_the_attempt(server, fetch):
    later = email.utils.formatdate(time.time() + 3600, usegmt=True)
    for asked in ("3600", later):
        server.pages["/x"] = Page(status=503, headers={"Retry-After": asked})
        with pytest.raises(FetchError, match=r"left alone for 3[56]\d\d s"):
            fetch(server.url("/x"))
    assert server.times("/x") == 2


def test_what_does_not_pass_is_not_tried_again(server, fetch):
    server.pages["/x"] = Page(status=403)
    with pytest.raises(FetchError):
        fetch(server.url("/x"))
    assert server.times("/x") == 1
