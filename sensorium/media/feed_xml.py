"""Rows of XML feeds: RSS 2.0 and Atom as shops make them for advertisements, and plain lists of equal elements.

Nothing of a file but its text is trusted: a document type, and with it every entity that it might declare and every
address that it might name, is refused before anything is parsed; then each row is parsed on its own (`xml_cutting`) by
libxml2 with entities, network and long documents switched off.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sensorium.errors import MediaError, UnsupportedMedia

from .decoded import BadRow
from .opening import read_head
from .plain import guess_encoding
from .xml_cells import GOOGLE, GOOGLE_OWN, TooDeep, cells_of
from .xml_cutting import cut_rows
from .xml_paths import Paths

_ASSUMED = {"xmlns:g": f'"{GOOGLE}"', "xmlns:c": f'"{GOOGLE_OWN}"'}
_SAMPLE = 1 << 20
_DECLARED = re.compile(rb"^\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_PROLOGUE = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_FIRST = re.compile(r"<(?:(!DOCTYPE|!ENTITY)|[A-Za-z_])", re.IGNORECASE)
_NAMESPACE = re.compile(r"\s(xmlns(?::[\w.-]+)?)\s*=\s*(\"[^\"<]*\"|'[^'<]*')")
_ERRORS = {"utf-16": "replace", "utf-16-le": "replace", "utf-16-be": "replace"}
_WIDE = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_WIDE_NAMES = ("utf-16", "utf16", "ucs-2", "utf-32", "ucs-4")
_CODES = frozenset(("idna", "punycode", "unicodeescape", "rawunicodeescape", "undefined"))
"""What Python calls encodings of text and no file is written in."""
_WHERE = re.compile(r",? line \d+, column \d+.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Form:
    """What the rows of a file are: the name of their element as it is written, whether it lies within itself, and the
    namespaces that are declared above it."""

    name: str
    nests: bool
    namespaces: Mapping[str, str]


def xml_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]] | BadRow]:
    """Each row's line and its columns: what an element or attribute is called, without namespace, and what it holds.
    What is said more than once is a list.

    Raises `UnsupportedMedia` for what is no list of anything with a title, and `MediaError` for a file that cannot be
    read or declares a document type.
    """
    encoding = _encoding(path)
    try:
        with path.open(encoding=encoding, errors=_ERRORS.get(encoding, "surrogateescape")) as file:
            form = _form(path, file.read(_SAMPLE))
            file.seek(0)
            for row in cut_rows(file, form.name, nests=form.nests):
                yield row if isinstance(row, BadRow) else _parsed(*row, form)
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror}.") from error


def _encoding(path: Path) -> str:
    """That of its byte order mark, the one it declares, or the one it looks like."""
    head = read_head(path, 256 * 1024)
    wide = next((encoding for start, encoding in _WIDE if head.startswith(start)), None)
    if wide is not None or head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return wide or guess_encoding(head)
    found = _DECLARED.match(head)
    declared = found[1].decode("ascii") if found is not None else ""
    if not declared or declared.lower().startswith(_WIDE_NAMES):  # the latter was so until somebody saved it anew
        return guess_encoding(head)
    try:
        known = codecs.lookup(declared)
        "".encode(declared)  # fails for what is no encoding of text
    except LookupError:
        known = None
    if known is None or known.name.replace("_", "").replace("-", "") in _CODES:
        raise MediaError(f"{path} declares the encoding {declared!r}, which is not known. Save it as UTF-8.")
    return "cp1252" if known.name == "iso8859-1" else known.name  # as browsers take it: of many, half are


def _form(path: Path, sample: str) -> _Form:
    prologue = _PROLOGUE.match(sample)
    rest = sample[prologue.end() if prologue else 0 :]
    first = _FIRST.search(rest)
    if first is not None and first[1]:
        raise MediaError(
            f"{path} declares a document type (<!DOCTYPE …>), by which files are made to take up all memory or to show "
            "others; no feed needs one. Take the declaration out to have it read."
        )
    paths = Paths(rest)
    row = paths.of_rows()
    if row is None:
        raise UnsupportedMedia(
            f"{path} is not a product feed: it holds no <item>, <entry> or other repeated element with a title."
        )
    before = re.search(rf"<{re.escape(row[-1])}(?=[\s/>])", rest)
    head = rest[: before.start()] if before is not None else ""
    return _Form(row[-1], paths.nests(row), _ASSUMED | dict(_NAMESPACE.findall(head)))


def _parsed(line: int, text: str, form: _Form) -> tuple[int, Mapping[str, Any]] | BadRow:
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    declared = " ".join(f"{name}={value}" for name, value in form.namespaces.items())
    try:
        around = etree.fromstring(f"<rows {declared}>{text}</rows>".encode(), parser)
        return line, cells_of(around[0])
    except etree.XMLSyntaxError as error:
        return BadRow(line, f"not XML: {_told(str(error))}")
    except UnicodeEncodeError:
        return BadRow(line, "not in the encoding that the file declares, or UTF-8 where it declares none")
    except TooDeep as error:
        return BadRow(line, str(error))


def _told(reason: str) -> str:
    """What libxml2 says, without where (it has seen one row only), and in words for its commonest complaints."""
    if "EntityRef" in reason:
        return "an & stands alone; write it as &amp;"
    if entity := re.match(r"Entity '(.+?)' not defined", reason):
        return f"&{entity[1]}; is HTML's; write the character itself"
    return _WHERE.sub("", reason)
