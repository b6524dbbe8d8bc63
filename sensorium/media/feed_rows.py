"""Rows of JSON-lines, CSV, TSV, XML and Parquet files as plain mappings, before anyone asks what they mean."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from sensorium.errors import MediaError

from .decoded import BadRow
from .feed_tabs import tab_rows
from .opening import check_file, read_head
from .plain import guess_encoding

Row: TypeAlias = tuple[int, Mapping[str, Any]]

XML_SUFFIXES = (".xml", ".rss", ".atom")
_DELIMITERS = ",;\t|"
_LONGEST_LINE = 16 << 20
_SAMPLE = 256 * 1024
_CPP_NAME = re.compile(r"\b\w+Exception: ")
_PARQUET_BATCH = 1024


def read_rows(path: Path) -> Iterator[Row | BadRow]:
    """Each row's number and its columns. Raises `MediaError` when the file as a whole cannot be read."""
    check_file(path)
    if read_head(path, 4) == b"PAR1":
        return _parquet(path)
    suffix = path.suffix.lower()
    if suffix in XML_SUFFIXES:
        from .feed_xml import xml_rows  # loads lxml

        return xml_rows(path)
    return _json_lines(path) if suffix in (".jsonl", ".ndjson") else _table(path)


def column_names(path: Path) -> frozenset[str]:
    """The names of the columns, as far as they show in the first rows."""
    check_file(path)
    if read_head(path, 4) == b"PAR1":
        with _parquet_file(path) as file:
            return frozenset(file.schema_arrow.names)
    names: set[str] = set()
    for number, row in enumerate(read_rows(path)):
        if not isinstance(row, BadRow):
            names.update(row[1])
        if number >= 20:
            break
    return frozenset(names)


def _json_lines(path: Path) -> Iterator[Row | BadRow]:
    encoding = guess_encoding(read_head(path, _SAMPLE))
    for number, line in _lines(path):
        if len(line) > _LONGEST_LINE:
            yield BadRow(number, f"longer than {_LONGEST_LINE >> 20} MiB")
            continue
        text = line.decode(encoding, "replace").strip().removeprefix("\ufeff")
        if not text:
            continue
        try:
            row = json.loads(text, parse_constant=lambda _: None)
        except json.JSONDecodeError as error:
            yield BadRow(number, f"not JSON: {error.msg} at character {error.pos + 1}")
            continue
        except (RecursionError, ValueError):
            yield BadRow(number, "not JSON that can be read: nested too deeply or a number too long")
            continue
        yield (number, row) if isinstance(row, dict) else BadRow(number, "not a JSON object")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with _opened(path) as file:
        number = 0
        while line := file.readline(_LONGEST_LINE + 1):
            number += 1
            rest = line
            while len(rest) > _LONGEST_LINE and not rest.endswith(b"\n"):
                rest = file.readline(_LONGEST_LINE + 1)  # skip what no row needs, without holding it
            yield number, line


def _table(path: Path) -> Iterator[Row | BadRow]:
    encoding = guess_encoding(read_head(path, _SAMPLE))
    try:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            delimiter = _delimiter(file.readline(_SAMPLE))
            file.seek(0)
            yield from _named(
                tab_rows(file) if delimiter == "\t" else _table_rows(csv.reader(file, delimiter=delimiter))
            )
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror}.") from error


def _delimiter(header: str) -> str:
    """The delimiter by which the header falls into most columns. Rows of prose mislead; headers do not."""
    return max(_DELIMITERS, key=lambda delimiter: len(next(csv.reader([header], delimiter=delimiter), ())))


def _table_rows(reader: Any) -> Iterator[tuple[int, list[str]] | BadRow]:
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield BadRow(number, f"not CSV: {error}")
            continue
        if cells is None:
            return
        yield number, cells


def _named(rows: Iterable[tuple[int, list[str]] | BadRow]) -> Iterator[Row | BadRow]:
    """Rows by the names of their columns, which the first one has."""
    header: list[str] | None = None
    for row in rows:
        if isinstance(row, BadRow):
            yield row
            continue
        number, cells = row
        if header is None:
            header = [name.strip().removeprefix("\ufeff") for name in cells]
        elif len(cells) > len(header):
            yield BadRow(number, f"{len(cells)} fields, but the header names {len(header)}")
        elif any(cells):
            yield number, dict(zip(header, cells, strict=False))


def _parquet(path: Path) -> Iterator[Row | BadRow]:
    from pyarrow import ArrowException

    number = 0
    with _parquet_file(path) as file:
        try:
            for batch in file.iter_batches(batch_size=_PARQUET_BATCH):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
        except (ArrowException, OSError, ValueError, OverflowError) as error:
            raise MediaError(f"{path} is a damaged Parquet file after row {number}: {_plain(error)}.") from error


@contextmanager
def _parquet_file(path: Path) -> Iterator[Any]:
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(path) as file:
            yield file
    except (ArrowException, OSError, ValueError, OverflowError) as error:  # the last two: of names, text and dates
        raise MediaError(f"{path} is a damaged or cut off Parquet file: {_plain(error)}.") from error


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror}.") from error


def _plain(error: Exception) -> str:
    """What Arrow says of a file, in one line and without the names of its own exceptions."""
    return _CPP_NAME.sub("", " ".join(str(error).split())).rstrip(".")
