"""Runs the service until it is told to stop."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import waitress  # type: ignore[import-untyped]

from sensorium.errors import BadSetting

if TYPE_CHECKING:
    from flask import Flask

    from sensorium.settings import Settings

THREADS = 32
"""Requests answered at once: players hold one each while they stream, and queries that come together are encoded
together."""


def serve(app: Flask, settings: Settings, *, announce: Callable[[str], None] | None = None) -> None:
    """Answers requests on `settings.host` and `settings.port` and returns after Ctrl-C or SIGTERM.

    `announce` is called once with the address, `http://host:port/`, when the service listens; with port 0 the system
    has chosen a free one. Raises `BadSetting` where the address cannot be listened on.
    """
    limit = settings.max_upload_mb * 2**20
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of each request that waits for a thread
    try:
        server = waitress.create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=THREADS,
            ident="sensorium",
            # the application refuses large uploads in its own words; far larger ones are not even received
            max_request_body_size=4 * limit,
        )
    except (OSError, ValueError) as error:
        raise BadSetting(
            f"Cannot listen on {settings.host}, port {settings.port}: {error}. Choose another with --host and --port."
        ) from error
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _stop)
    try:
        if announce is not None:
            announce(_address(server))
        server.run()  # returns on KeyboardInterrupt and SystemExit, after the requests in flight
    finally:
        server.close()


def _address(server: Any) -> str:
    # with several addresses for one name (localhost: IPv4 and IPv6) waitress keeps a list
    host, port = getattr(server, "effective_listen", [(None, None)])[0]
    if host is None:
        host, port = server.effective_host, server.effective_port
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _stop(_signal: int, _frame: Any) -> NoReturn:
    raise SystemExit(0)
