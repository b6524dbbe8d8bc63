"""Many clients at once against the service, held against what encoding alone would allow.

    python -m benchmarks.clients CORPUS --library DIR [--clients 32] [--seconds 30]

The service runs in this process as `sensorium serve` runs it; clients are threads of another process, each of which
asks distinct queries by words over one connection, one after the other. The limit is measured in this process before
and after: the texts a second that the encoder alone reaches on the same queries in batches of as many as there are
clients.
Clients share the cores with the service. Held against: at least half of the limit, as the rest of a query and the
clients' own work take their share; the share itself is printed.
"""

from __future__ import annotations

import argparse
import http.client
import logging
import multiprocessing
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.warm import queries_of
from sensorium.cli.shared import open_engine, read_settings
from sensorium.models.model_set import ModelSet
from sensorium.search.engine import Engine
from sensorium.web import create_app
from sensorium.web.server import serve

LEAST = 0.5
NEVER = 10**9


def encode_bound(models: ModelSet, texts: Sequence[str], size: int, seconds: float) -> float:
    """Texts a second, each written by every text encoder, in batches of `size`."""
    started, done = time.perf_counter(), 0
    while (took := time.perf_counter() - started) < seconds:
        place = done % max(1, len(texts) - size)
        for encoder in models.texts:
            encoder.encode_texts(texts[place : place + size])
        done += len(texts[place : place + size])
    return done / took


def client(address: str, texts: Sequence[str], until: float, took_ms: list[float]) -> None:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    for number in range(NEVER):
        # a number makes a query distinct that has been asked before: no vector of it is remembered
        text = texts[number % len(texts)] + (f" {number}" if number >= len(texts) else "")
        started = time.perf_counter()
        connection.request("GET", f"/api/v1/search?limit=10&q={quote(text)}")
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"The service answered {answer.status} to {text!r}.")
        if time.perf_counter() > until:
            return
        took_ms.append(1000 * (time.perf_counter() - started))


def clients(address: str, texts: Sequence[str], count: int, seconds: float) -> list[float]:
    """Milliseconds of every query that was answered in the time, of `count` clients with queries of their own."""
    took_ms: list[float] = []
    until = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=client, args=(address, texts[place::count], until, took_ms)) for place in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took_ms


def ask_the_service(engine: Engine, texts: Sequence[str], count: int, seconds: float) -> tuple[list[float], float]:
    """Milliseconds of every query, and the seconds of CPU that this process took for all of them."""
    settings = read_settings(port=0).model_copy(update={"port": 0, "host": "127.0.0.1"})
    listening = threading.Event()
    address: list[str] = []

    def announce(url: str) -> None:
        address.append(url)
        listening.set()

    app = create_app(engine, settings)
    threading.Thread(target=serve, args=(app, settings), kwargs={"announce": announce}, daemon=True).start()
    listening.wait(60)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply(clients, (address[0], texts, count, 2.0))  # what is loaded at the first query
        before = time.process_time()
        took_ms = pool.apply(clients, (address[0], texts[::-1], count, seconds))
        return took_ms, time.process_time() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=30.0)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)  # as the command line has it: waitress tells of every queue
    engine = open_engine(arguments.library)
    engine.warm()
    texts = [f"{text} {number}" for number in range(4) for text in queries_of(arguments.corpus, NEVER)]
    share = arguments.seconds / 4
    before = encode_bound(engine.models, texts, arguments.clients, share)
    took_ms, cpu_s = ask_the_service(engine, texts, arguments.clients, arguments.seconds)
    bound = (before + encode_bound(engine.models, texts, arguments.clients, share)) / 2
    rate = len(took_ms) / arguments.seconds
    table = Table("", "queries a second", "p50 ms", "p95 ms", "share of the limit")
    p50, p95 = (f"{np.quantile(took_ms, q):.0f}" for q in (0.5, 0.95))
    table.add_row("encoding alone (the limit)", f"{bound:.1f}", "", "", "1.00")
    table.add_row(f"{arguments.clients} clients", f"{rate:.1f}", p50, p95, f"{rate / bound:.2f}")
    Console().print(table)
    # of fewer cores than there are, the rest has waited: for the interpreter, or for other work on the machine
    print(
        f"the service took {1000 * cpu_s / len(took_ms):.1f} ms of CPU a query, {cpu_s / arguments.seconds:.2f} cores"
    )
    print(f"share {rate / bound:.2f}, limit {LEAST}: {'held' if rate >= LEAST * bound else 'NOT HELD'}")


if __name__ == "__main__":
    main()
