"""Processes that a command keeps running beside itself."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import click

NOT_NEEDED = 3
"""Exit code of a process that has found that it is not needed."""
RESTART_S = 5.0
LONGEST_S = 300.0
"""One that ends again and again is waited for twice as long each time, up to this."""
END_S = 60.0
_WATCH_EVERY_S = 1.0


@contextmanager
def kept_running(name: str, command: Sequence[str], *, count: int = 1, sockets: Sequence[int] = ()) -> Iterator[None]:
    """While open, `count` processes run the command; one that dies is started again, and told of by its `name`.

    They hold the open `sockets`, file descriptors of this process. They do not see Ctrl-C, which is for this process,
    and are told to end when it does, by SIGTERM.
    """
    with ExitStack() as kept:
        for _ in range(count):
            kept.enter_context(_one(name, command, sockets))
        yield


@contextmanager
def _one(name: str, command: Sequence[str], sockets: Sequence[int]) -> Iterator[None]:
    over = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def keep() -> None:
        pause_s = RESTART_S
        while not over.is_set():
            started = time.monotonic()
            process = subprocess.Popen(command, start_new_session=True, pass_fds=sockets)
            running[:] = [process]
            if over.is_set():
                process.terminate()
            code = process.wait()
            if code == NOT_NEEDED or over.is_set():
                return
            if time.monotonic() - started > LONGEST_S:
                pause_s = RESTART_S
            click.echo(f"sensorium: A {name} ended (exit status {code}); another starts in {pause_s:.0f} s.", err=True)
            over.wait(pause_s)
            pause_s = min(LONGEST_S, 2 * pause_s)

    keeper = threading.Thread(target=keep, name="keep running", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        for process in running:
            process.terminate()
        keeper.join(END_S)


def end_with(parent: int) -> None:
    """Have this process told to end, as by Ctrl-C, when its `parent` has ended, in whatever way."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_EVERY_S)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="watch the parent", daemon=True).start()
