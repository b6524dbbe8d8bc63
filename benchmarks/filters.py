"""What filters, counts and orders cost on a large library, without encoding and without vectors.

    python benchmarks/filters.py [--items 1000000]

Makes a catalogue of so many items with a price, a brand, a colour and a date in a temporary folder, and prints medians
and 95th percentiles over `ROUNDS` runs. The limit is that of a whole query without encoding: 50 ms at a million. The
last column is the same filter asked of SQLite row by row, in the same run.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from sensorium.catalogue.values import read_value
from sensorium.library import Library
from sensorium.search.facets import count_facets
from sensorium.search.language import parse
from sensorium.search.order import ordered
from sensorium.search.selection import Selection
from sensorium.types import Channel, SortKey

ROUNDS = 20
LIMIT_MS = 50.0
FIELDS = {
    "price": lambda rnd: f"{rnd.randrange(1_000_000) / 100:.2f}",
    "brand": lambda rnd: f"Brand {int(rnd.expovariate(0.05))}",
    "colour": lambda rnd: rnd.choice(("red", "green", "blue", "black", "white")),
    "date": lambda rnd: f"20{rnd.randrange(10, 25)}-{rnd.randrange(1, 13):02}-{rnd.randrange(1, 29):02}",
}
FILTERS = {"100 %": "price>=0", "10 %": "price<1000", "1 %": "price<100", "0.01 %": "price<1"}


def fill(library: Library, items: int) -> None:
    """Items with one segment each, written past the triggers: this measures reading."""
    rnd = random.Random(0)
    with library._engine.begin() as connection:
        for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        cursor = connection.connection.cursor()
        rows = ((n, f"/items/{n}", "product", f"item {n}", f"/items/{n}", "{}", "1") for n in range(1, items + 1))
        cursor.executemany(
            "INSERT INTO item(id, uri, kind, title, path, attributes, fingerprint) VALUES (?,?,?,?,?,?,?)", rows
        )
        cursor.execute("INSERT INTO segment(id, item_id, channel, key) SELECT id, id, 'picture', 'key' || id FROM item")
        cursor.execute("INSERT INTO item_change(item_id) SELECT id FROM item")
        for field_id, (name, draw) in enumerate(FIELDS.items(), 1):
            cursor.execute("INSERT INTO field(id, name, label) VALUES (?, ?, ?)", (field_id, name, name))
            _fill_field(cursor, field_id, [draw(rnd) for _ in range(items)])


def _fill_field(cursor: object, field_id: int, drawn: list[str]) -> None:
    ids = {value: field_id * 10_000_000 + place for place, value in enumerate(dict.fromkeys(drawn))}
    read = ((key, field_id, value, read_value(value)) for value, key in ids.items())
    cursor.executemany(  # type: ignore[attr-defined]
        "INSERT INTO value VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ((key, field, value, v.term, v.number, v.unit, v.start, v.end) for key, field, value, v in read),
    )
    owners = ((field_id, item_id, ids[value]) for item_id, value in enumerate(drawn, 1))
    cursor.executemany("INSERT INTO attribute VALUES (?, ?, ?)", owners)  # type: ignore[attr-defined]


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Median and 95th percentile, in milliseconds."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1] if rounds > 1 else taken[0]


def by_rows(library: Library, high: str) -> int:
    """The segments of items below a price, as SQLite would bring them."""
    query = text(
        "SELECT segment.id FROM value JOIN attribute ON attribute.value_id = value.id AND attribute.field_id = 1 "
        "JOIN segment ON segment.item_id = attribute.item_id WHERE value.field_id = 1 AND value.number < :high"
    )
    with library._engine.connect() as connection:
        return len(connection.scalars(query, {"high": float(high)}).all())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--items", type=int, default=1_000_000)
    items = options.parse_args().items
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open_or_create(Path(folder) / "library", "fake")
        fill(library, items)
        table = Table("", "kept", "p50 ms", "p95 ms", "limit", "SQLite, p50 ms", title=f"{items:,} items")
        for name, took in opened(library):
            table.add_row(name, "", f"{took:.0f}", "", "once", "")
        for name, typed in FILTERS.items():
            query = parse(typed, FIELDS)
            kept = len(Selection.of(query, library).segments(Channel.PICTURE))  # type: ignore[arg-type]
            p50, p95 = timed(lambda query=query: Selection.of(query, library).segments(Channel.PICTURE))
            rows, _ = timed(lambda typed=typed: by_rows(library, typed.partition("<")[2] or "1e9"), 3)
            table.add_row(f"filter {name}", f"{kept:,}", f"{p50:.1f}", f"{p95:.1f}", f"{LIMIT_MS:.0f}", f"{rows:.1f}")
        for name, work in whole(library):
            p50, p95 = timed(work, 5)
            table.add_row(name, "", f"{p50:.1f}", f"{p95:.1f}", "", "")
        Console().print(table)
        library.close()


def opened(library: Library) -> list[tuple[str, float]]:
    """What the first query pays for columns."""
    found = [("items", timed(library.snapshot, 1)[0])]
    snapshot = library.snapshot()
    found += [(f"column {name}", timed(lambda name=name: snapshot.column(name), 1)[0]) for name in ("price", "brand")]
    return [*found, ("segments", timed(lambda: snapshot.channel(Channel.PICTURE), 1)[0])]


def whole(library: Library) -> list[tuple[str, Callable[[], object]]]:
    snapshot = library.snapshot()
    hundred = snapshot.items[:: max(1, len(snapshot) // 100)]
    return [
        ("facets of 100 items", lambda: count_facets(("price", "brand", "colour"), hundred, snapshot)),
        ("facets of all items", lambda: count_facets(("price", "brand", "colour"), snapshot.items, snapshot)),
        ("all items by price", lambda: ordered(snapshot.items, (SortKey("price"),), snapshot)),
    ]


if __name__ == "__main__":
    main()
