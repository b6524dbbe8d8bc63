"""Web servers that the tests start on this machine: well-behaved ones, and some that are not."""

import io
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image


def picture_bytes(colour="red", form="PNG", size=(80, 60)):
    drawn = io.BytesIO()
    Image.new("RGB", size, colour).save(drawn, form)
    return drawn.getvalue()


@dataclass
class Page:
    """What is answered under one path. `chunks` are sent one by one instead of `body`; a callable gives them."""

    body: bytes = b""
    type: str | None = "image/png"
    status: int = 200
    headers: dict = field(default_factory=dict)
    chunks: object = None
    length: int | None = None


@dataclass
class Site:
    """`pages` by path; one may be a function of the request's headers. `asked` are (path, headers) in their order."""

    port: int = 0
    pages: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path, host="127.0.0.1"):
        return f"http://{host}:{self.port}{path}"

    def put(self, path, body, etag=None, **rest):
        """A page that answers conditional requests."""

        def answer(headers):
            if etag and headers.get("If-None-Match") == etag:
                return Page(status=304, type=None)
            return Page(body, headers={"ETag": etag} if etag else {}, **rest)

        self.pages[path] = answer

    def times(self, path):
        return sum(asked == path for asked, _ in self.asked)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that hangs up is what many tests are about."""


@contextmanager
def site():
    """A site on a free port of 127.0.0.1."""
    known = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            with known.lock:
                known.asked.append((self.path, dict(self.headers)))
                known.at_once += 1
                known.most_at_once = max(known.most_at_once, known.at_once)
            try:
                page = known.pages.get(self.path, Page(b"nothing here", "text/plain", 404))
                _answer(self, page(self.headers) if callable(page) else page)
            except OSError:
                self.close_connection = True  # the client has had enough
            finally:
                with known.lock:
                    known.at_once -= 1

        def log_message(self, *_):
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    known.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()


def _answer(handler, page):
    handler.send_response(page.status)
    if page.type:
        handler.send_header("Content-Type", page.type)
    for name, value in page.headers.items():
        handler.send_header(name, value)
    if page.chunks is None:
        handler.send_header("Content-Length", str(len(page.body) if page.length is None else page.length))
    else:
        handler.send_header("Connection", "close")
        handler.close_connection = True
    handler.end_headers()
    for chunk in page.chunks() if page.chunks else [page.body]:
        handler.wfile.write(chunk)
        handler.wfile.flush()
    if page.length is not None:
        handler.close_connection = True


@contextmanager
def raw_server(talk):
    """A server of one's own manners: `talk(connection)` for each connection. Gives its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve():
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=_talked, args=(talk, connection), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        over.set()
        listening.close()


def _talked(talk, connection):
    with connection, suppress(OSError):  # the client has gone
        talk(connection)
