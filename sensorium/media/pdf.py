"""PDF documents, by PDFium."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import pypdfium2

from sensorium.errors import MediaError

from .decoded import Block, Document
from .headings import Headings
from .opening import read_head

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

_LARGER = 1.15
"""Lines this much taller than the body are headings."""
_APART = 1.35
"""Lines this much further apart than usual on their page belong to two paragraphs."""
_LONGEST_HEADING = 200
_HYPHENS = "-\u00ad\u2010"
_BROKEN_WORD = re.compile("[\ufffe\x02](?=([a-zß-öø-ÿ])?)")
"""PDFium joins the parts of a word broken at a line's end by itself, with one of these between them."""
_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)")
_BULLETS = ("•", "◦", "▪", "‣", "– ", "- ", "* ")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text and where it stands, in points; what PDFium has joined counts as one line.

    `bottom` is that of its first sign and `last_bottom` that of its last; both grow upwards.
    """

    text: str
    left: float
    right: float
    bottom: float
    last_bottom: float
    height: float


def read_pdf(path: Path) -> Document:
    """Paragraphs by page, the first being 1. A scan without text gives no blocks.

    Lines become paragraphs by their distances, and headings by their height. The title is the stated one, else the
    first heading, else the file's name. Raises `MediaError` for damaged and encrypted files.
    """
    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise _broken(path, error) from error
    try:
        pages = [_lines(page) for page in _pages(path, pdf)]
        stated = pdf.get_metadata_dict(skip_empty=True)
    finally:
        pdf.close()
    headings = Headings()
    blocks = tuple(_blocks(pages, headings))
    attributes: dict[str, Any] = {"pages": len(pages)}
    if author := stated.get("Author", "").strip():
        attributes["author"] = author
    if date := _DATE.match(stated.get("CreationDate", "")):
        attributes["date"] = "-".join(date.groups())
    return Document(stated.get("Title", "").strip() or headings.first or path.stem, blocks, attributes)


def _broken(path: Path, error: Exception) -> MediaError:
    reason = str(error).lower()
    if "password" in reason or "security" in reason:
        return MediaError(f"{path} is encrypted. Save a copy without a password to have it read.")
    if b"%PDF-" in read_head(path, 1024):
        return MediaError(f"{path} is a damaged or cut off PDF. Copy it again from where it came from.")
    return MediaError(f"{path} is not a PDF.")


def _pages(path: Path, pdf: PdfDocument) -> Iterator[PdfPage]:
    """All pages that can be loaded; a damaged one is left out, unless all are."""
    lost = 0
    for index in range(len(pdf)):
        try:
            page = pdf[index]
        except pypdfium2.PdfiumError:
            lost += 1
            yield None
            continue
        yield page
        page.close()
    if lost == len(pdf):
        raise MediaError(f"{path}: no page could be decoded. The PDF is damaged or cut off.")


def _lines(page: PdfPage | None) -> list[_Line]:
    if page is None:
        return []
    text_page = page.get_textpage()
    try:
        return [line for line in _measured(text_page) if line.text]
    finally:
        text_page.close()


def _measured(text_page: PdfTextPage) -> Iterator[_Line]:
    at = 0
    for raw in text_page.get_text_range().split("\r\n"):
        text = " ".join(raw.replace("\n", " ").split())
        if text:
            first = at + len(raw) - len(raw.lstrip())
            left, bottom, _, top = text_page.get_charbox(first, loose=True)
            _, last_bottom, right, _ = text_page.get_charbox(at + len(raw.rstrip()) - 1, loose=True)
            yield _Line(_mended(text), left, right, bottom, last_bottom, top - bottom)
        at += len(raw.encode("utf-16-le")) // 2 + 2  # PDFium counts UTF-16 units, and the line's end


def _blocks(pages: list[list[_Line]], headings: Headings) -> Iterator[Block]:
    weights: Counter[float] = Counter()
    for line in (line for lines in pages for line in lines):
        weights[round(line.height, 1)] += len(line.text)
    body = weights.most_common(1)[0][0] if weights else 0.0
    for number, lines in enumerate(pages, start=1):
        for paragraph in _paragraphs(lines):
            text, height = _joined(line.text for line in paragraph), paragraph[0].height
            if height > body * _LARGER and len(text) <= _LONGEST_HEADING:
                headings.enter(-round(height, 1), text)
            else:
                yield from headings.block(text, page=number)


def _paragraphs(lines: list[_Line]) -> Iterator[list[_Line]]:
    if not lines:
        return
    steps = [above.last_bottom - below.bottom for above, below in pairwise(lines)]
    usual = median([step for step in steps if step > 0] or [0.0])
    margin = max(line.right for line in lines)
    paragraph = [lines[0]]
    for step, line in zip(steps, lines[1:], strict=True):
        if _parts(paragraph[-1], line, step / usual if usual else 1.0, margin):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    yield paragraph


def _parts(above: _Line, below: _Line, step: float, margin: float) -> bool:
    """Whether two lines belong to two paragraphs. `step` is their distance, in usual ones."""
    if abs(above.height - below.height) > 0.1 * max(above.height, below.height):
        return step > 0.2  # else a raised or lowered piece of the same line
    if below.text.startswith(_BULLETS):
        return True
    ended = above.text.endswith((".", "!", "?", ":", "”", '"'))
    indented = below.left - above.left > 0.8 * below.height
    short = above.right < margin - 0.2 * (margin - above.left)
    return step > _APART or (ended and (indented or short)) or (step < -1 and ended)


def _joined(lines: Iterable[str]) -> str:
    """The lines as one; words broken at a line's end are mended."""
    text = ""
    for line in lines:
        if text and text[-1] in _HYPHENS and line[:1].islower():
            text = text[:-1] + line
        else:
            text = f"{text} {line}" if text else line
    return text.replace("\u00ad", "")


def _mended(text: str) -> str:
    return _BROKEN_WORD.sub(lambda found: "" if found[1] else "-", text)
