"""What an index of trigrams costs over texts of different lengths, beside the index of words.

    python benchmarks/trigrams.py CORPUS

Indexes names of files and passages of documents apart. Names and text read from pictures have such an index
(`sensorium/catalogue/letters.py`): it finds codes within longer words. Passages have none: there it would be the
largest index of all, and a code stands there as a word of its own. Prints sizes as shares of the text itself.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

INDEXES = {
    "words (porter)": "tokenize='porter unicode61 remove_diacritics 2'",
    "trigrams, full": "tokenize='trigram'",
    "trigrams, by column": "tokenize='trigram', detail='column'",
    "trigrams, without places": "tokenize='trigram', detail='none'",
}


def texts_of(corpus: Path) -> dict[str, list[str]]:
    """Names of all files of a corpus, and stretches of sixty words of its plain documents."""
    names = [path.stem for path in sorted(corpus.rglob("*")) if path.is_file()]
    passages = []
    for path in sorted(corpus.rglob("*.md")):
        words = path.read_text(encoding="utf-8", errors="replace").split()
        passages += [" ".join(words[start : start + 60]) for start in range(0, len(words), 60)]
    return {"names": names, "passages": passages}


def size_of(connection: sqlite3.Connection, options: str) -> tuple[int, float]:
    """Bytes that an index over the table `segment` takes, and the seconds to make it."""
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    started = time.perf_counter()
    connection.execute(f"CREATE VIRTUAL TABLE made USING fts5(text, content='segment', content_rowid='id', {options})")
    connection.execute("INSERT INTO made(made) VALUES ('rebuild')")
    connection.commit()
    took_s = time.perf_counter() - started
    grown = connection.execute("PRAGMA page_count").fetchone()[0] - pages
    return grown * connection.execute("PRAGMA page_size").fetchone()[0], took_s


def main() -> None:
    table = Table("texts", "index", "of the text", "seconds", title="Size of full-text indexes")
    for name, texts in texts_of(Path(sys.argv[1])).items():
        held = sum(len(text.encode()) for text in texts)
        for index, options in INDEXES.items():
            connection = sqlite3.connect(":memory:")
            connection.execute("CREATE TABLE segment(id INTEGER PRIMARY KEY, text TEXT)")
            connection.executemany("INSERT INTO segment(text) VALUES (?)", ((text,) for text in texts))
            connection.commit()
            size, took_s = size_of(connection, options)
            table.add_row(f"{len(texts):,} {name}, {held / 1e6:.2f} MB", index, f"{size / held:.2f}", f"{took_s:.2f}")
            connection.close()
    Console().print(table)


if __name__ == "__main__":
    main()
