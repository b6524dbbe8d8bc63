"""Runs the service until it is told to stop."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

import waitress  # type: ignore[import-untyped]

from sensorium.errors import BadSetting

if TYPE_CHECKING:
    from flask import Flask

    from sensorium.settings import Settings

THREADS = 32
"""Requests answered at once: players hold one each while they stream, and queries that come together are encoded
together."""
_BACKLOG = 1024


def listen(settings: Settings) -> tuple[socket.socket, ...]:
    """Sockets that listen on `settings.host` and `settings.port`: one for each address that the host's name has.

    With port 0 the system chooses a free one. Several processes may serve on the same sockets: whichever has time takes
    the next connection. Raises `BadSetting` where the address cannot be listened on.
    """
    opened: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )
        for family, _, _, _, (host, port, *rest) in found:
            # all of them on the port that the system chose for the first
            address = (host, port or (opened[0].getsockname()[1] if opened else 0), *rest)
            opened.append(socket.create_server(address, family=family, backlog=_BACKLOG))
    except (OSError, OverflowError, UnicodeError) as error:
        for one in opened:
            one.close()
        raise BadSetting(
            f"Cannot listen on {settings.host}, port {settings.port}: {error}. Choose another with --host and --port."
        ) from error
    return tuple(opened)


def address_of(sockets: Sequence[socket.socket]) -> str:
    """Where they listen, `http://host:port/`."""
    host, port = sockets[0].getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve(
    app: Flask,
    settings: Settings,
    *,
    sockets: Sequence[socket.socket] = (),
    announce: Callable[[str], None] | None = None,
) -> None:
    """Answers requests on `sockets`, or those that `listen` opens, and returns after Ctrl-C or SIGTERM.

    `announce` is called once with the address, `http://host:port/`, when the service listens. Raises `BadSetting` where
    it cannot.
    """
    sockets = sockets or listen(settings)
    limit = settings.max_upload_mb * 2**20
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of each request that waits for a thread
    server = waitress.create_server(
        app,
        sockets=list(sockets),
        threads=THREADS,
        backlog=_BACKLOG,
        ident="sensorium",
        # the application refuses large uploads in its own words; far larger ones are not even received
        max_request_body_size=4 * limit,
    )
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _stop)
    try:
        if announce is not None:
            announce(address_of(sockets))
        server.run()  # returns on KeyboardInterrupt and SystemExit, after the requests in flight
    finally:
        server.close()


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(0)
