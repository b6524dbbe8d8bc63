"""Many clients at once against the service, held against what encoding alone would allow.

    python -m benchmarks.clients CORPUS --library DIR [--processes 2] [--clients 32] [--seconds 30]

Asked is `sensorium serve` with so many processes; clients are threads of another process, each of which asks distinct
queries by words over one connection, one after the other. The limit is measured in this process before and after: the
texts a second that the encoder alone reaches on the same queries in batches of as many as there are clients.
Clients share the cores with the service. Held against: at least half of the limit, as the rest of a query and the
clients' own work take their share; the share itself is printed.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import multiprocessing
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
from prometheus_client import ProcessCollector
from rich.console import Console
from rich.table import Table

from benchmarks.warm import queries_of
from sensorium.cli.shared import models_of
from sensorium.library import Library
from sensorium.models.model_set import ModelSet
from sensorium.settings import load_settings

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


@contextmanager
def service(library: Path, processes: int) -> Iterator[str]:
    """The address of `sensorium serve` on the library, once its first process answers."""
    command = [sys.executable, "-m", "sensorium.cli", "serve", "--library", str(library), "--port", "0"]
    command += ["--processes", str(processes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            yield running.stdout.readline().split(" on ")[1].split()[0]
        finally:
            running.terminate()


def processes_of(address: str, count: int) -> set[int]:
    """The numbers of the service's processes, when so many have answered."""
    seen: set[int] = set()
    with ThreadPoolExecutor(4 * count) as asking:
        while len(seen) < count:
            seen.update(asking.map(process_of, [address] * 4 * count))
            time.sleep(0.1)
    return seen


def process_of(address: str) -> int:
    with urllib.request.urlopen(f"{address}api/v1/service", timeout=60) as answer:
        return int(json.load(answer)["process"])


def cpu_s(numbers: Iterable[int]) -> float:
    """Seconds of CPU that processes have taken so far; nan where the system does not tell (it does on Linux)."""
    told = [
        metric for number in numbers for metric in ProcessCollector(pid=partial(int, number), registry=None).collect()
    ]
    return sum(metric.samples[0].value for metric in told if metric.name == "process_cpu_seconds") or math.nan


def ask_the_service(
    library: Path, texts: Sequence[str], *, processes: int, count: int, seconds: float
) -> tuple[list[float], float]:
    """Milliseconds of every query, and the seconds of CPU that the service took for all of them."""
    with service(library, processes) as address, multiprocessing.get_context("spawn").Pool(1) as pool:
        numbers = processes_of(address, processes)
        pool.apply(clients, (address, texts, count, 4.0))  # what is loaded at the first query
        before = cpu_s(numbers)
        took_ms = pool.apply(clients, (address, texts[::-1], count, seconds))
        return took_ms, cpu_s(numbers) - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--processes", type=int, default=1, help="of the service")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=30.0)
    arguments = parser.parse_args()
    opened = Library.open(arguments.library.resolve())
    models = models_of(opened, load_settings())
    opened.close()
    texts = [f"{text} {number}" for number in range(4) for text in queries_of(arguments.corpus, NEVER)]
    share = arguments.seconds / 4
    before = encode_bound(models, texts, arguments.clients, share)
    took_ms, taken_s = ask_the_service(
        arguments.library, texts, processes=arguments.processes, count=arguments.clients, seconds=arguments.seconds
    )
    bound = (before + encode_bound(models, texts, arguments.clients, share)) / 2
    rate = len(took_ms) / arguments.seconds
    table = Table("", "queries a second", "p50 ms", "p95 ms", "share of the limit")
    p50, p95 = (f"{np.quantile(took_ms, q):.0f}" for q in (0.5, 0.95))
    table.add_row("encoding alone (the limit)", f"{bound:.1f}", "", "", "1.00")
    asked = f"{arguments.clients} clients, processes: {arguments.processes}"
    table.add_row(asked, f"{rate:.1f}", p50, p95, f"{rate / bound:.2f}")
    Console().print(table)
    # of fewer cores than there are, the rest has waited: for the interpreter, or for other work on the machine
    cost_ms, cores = 1000 * taken_s / len(took_ms), taken_s / arguments.seconds
    print(f"the service took {cost_ms:.1f} ms of CPU a query, {cores:.2f} cores")
    print(f"share {rate / bound:.2f}, limit {LEAST}: {'held' if rate >= LEAST * bound else 'NOT HELD'}")


if __name__ == "__main__":
    main()
