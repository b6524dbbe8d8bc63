"""Where is fetched from: only the public internet, whatever a list, a redirect or a name server says."""

import shutil
import ssl
import subprocess

import pytest

from sensorium.errors import FetchError
from tests.fetch.servers import Page, picture_bytes, raw_server

RED = picture_bytes("red")


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
