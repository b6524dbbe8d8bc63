"""The service, and the processes that answer beside it."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sensorium.errors import BadSetting

from .jobs import working
from .processes import end_with, kept_running
from .shared import LIBRARY, open_engine, read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

    from sensorium.settings import Settings


@click.command()
@LIBRARY
@click.option("--host", help="Address to listen on; 0.0.0.0 lets other machines in.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.  [default: 7700]")
@click.option("--processes", type=click.IntRange(1, 64), help="Processes that answer, a core each.  [default: 1]")
def serve(library_path: Path, host: str | None, port: int | None, processes: int | None) -> None:
    """Open the search page and the HTTP API on a library.

    One process answers about a hundred queries a second, as one core allows. For many people at once, give it more,
    such as half as many as there are cores; each of them loads the models, a gigabyte or so.
    """
    from sensorium.jobs import jobs_allowed
    from sensorium.serving import announced, new_token
    from sensorium.web import listen
    from sensorium.web import serve as run

    settings = read_settings(host=host, port=port, processes=processes)
    if settings.processes > 1 and os.name != "posix":
        raise BadSetting("Windows cannot share an address between processes: serve with --processes 1.")
    library = library_path.resolve()
    sockets = listen(settings)
    with ExitStack() as beside:
        token = new_token()
        app = _app(library, settings, token, beside)

        def announce(url: str) -> None:
            beside.enter_context(working(library) if jobs_allowed(settings) else nullcontext())
            beside.enter_context(announced(library, url, token, settings))
            beside.enter_context(_helpers(library, settings, token, sockets))
            click.echo(f"Sensorium serves {library_path} on {url} (Ctrl-C stops it).")

        run(app, settings, sockets=sockets, announce=announce)


@click.command(hidden=True)
@LIBRARY
@click.option("--host", hidden=True, required=True)
@click.option("--token", hidden=True, required=True)
@click.option("--parent", hidden=True, required=True, type=int)
@click.argument("sockets", nargs=-1, type=int)
def helper(library_path: Path, host: str, token: str, parent: int, sockets: tuple[int, ...]) -> None:
    """Answer beside a service, on its SOCKETS, until it ends."""
    from sensorium.web import serve as run

    end_with(parent)
    settings = read_settings(host=host)
    with ExitStack() as beside:
        app = _app(library_path, settings, token, beside)
        run(app, settings, sockets=[socket.socket(fileno=number) for number in sockets])


def _app(library: Path, settings: Settings, token: str, beside: ExitStack) -> Flask:
    """The service over an engine that is warm. Every process measures the indexes that it holds, and tunes them."""
    from sensorium.web import create_app

    engine = open_engine(library, live=True)
    engine.warm()
    beside.enter_context(engine.measuring() if settings.measure else nullcontext())
    return create_app(engine, settings, token=token)


def _helpers(
    library: Path, settings: Settings, token: str, sockets: Sequence[socket.socket]
) -> AbstractContextManager[None]:
    """Processes that answer as this one does. They begin when this one listens, which has by then measured and read
    what all of them need."""
    command = [sys.executable, "-m", "sensorium.cli", "helper", "--library", str(library), "--host", settings.host]
    command += ["--token", token, "--parent", str(os.getpid()), *(str(one.fileno()) for one in sockets)]
    numbers = [one.fileno() for one in sockets]
    return kept_running("helper", command, count=settings.processes - 1, sockets=numbers)
