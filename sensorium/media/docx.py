"""Word documents (.docx)."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorium.errors import MediaError

from .decoded import Block, Document
from .headings import Headings

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.table import Table
    from docx.text.paragraph import Paragraph

_LARGEST_UNPACKED = 1 << 30
_TEMPLATE_MADE = date(2013, 12, 23)
_HEADING = re.compile(r"heading\s*([1-9])$", re.IGNORECASE)


def read_docx(path: Path) -> Document:
    """Paragraphs and table rows in order, under their headings.

    The title is the stated one, else the paragraph of style Title, else the first heading, else the file's name.
    Raises `MediaError` for files that are damaged or no Word documents.
    """
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from lxml.etree import LxmlError

    _check_unpacked(path)
    try:
        word = docx.Document(str(path))
        headings = Headings()
        titles: list[str] = []
        blocks = tuple(_blocks(word, headings, titles))
        stated = word.core_properties
        title, author, created = (stated.title or "").strip(), (stated.author or "").strip(), stated.created
    except (PackageNotFoundError, LxmlError, KeyError, ValueError, AttributeError, OSError) as error:
        raise MediaError(f"{path} is a damaged Word document: {error}. Save it again with Word.") from error
    except (zipfile.BadZipFile, EOFError, zipfile.zlib.error) as error:  # type: ignore[attr-defined]
        raise MediaError(f"{path} is a damaged or cut off Word document. Copy it again.") from error
    attributes: dict[str, Any] = {}
    if author and author != "python-docx":  # what that library's template says of every document, as is its date
        attributes["author"] = author
    if created is not None and created.date() != _TEMPLATE_MADE:
        attributes["date"] = created.isoformat()
    title = title or (titles[0] if titles else "") or headings.first or path.stem
    return Document(title, blocks, attributes)


def _check_unpacked(path: Path) -> None:
    """Refuse archives that would unpack to more than any document needs."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise MediaError(f"{path} is a damaged or cut off Word document. Copy it again.") from error
    if unpacked > _LARGEST_UNPACKED:
        raise MediaError(
            f"{path} would unpack to {unpacked / 1e6:.0f} MB; at most {_LARGEST_UNPACKED / 1e6:.0f} are read."
        )


def _blocks(word: WordDocument, headings: Headings, titles: list[str]) -> Iterator[Block]:
    from docx.table import Table

    for part in word.iter_inner_content():
        if isinstance(part, Table):
            for row in _rows(part):
                yield from headings.block(row)
            continue
        text = " ".join(part.text.split())
        level = _level(part)
        if level == 0:
            titles.extend([text] if text else [])
        elif level is not None:
            headings.enter(level, text)
        else:
            yield from headings.block(text)


def _level(paragraph: Paragraph) -> int | None:
    """0 for the document's title, 1 to 9 for headings, None for text."""
    style: Any = paragraph.style
    if style is None:
        return None
    # Word translates the names of styles, but not their ids.
    if "title" in (str(style.style_id).lower(), str(style.name).lower()):
        return 0
    found = _HEADING.match(str(style.name)) or _HEADING.match(str(style.style_id))
    return int(found[1]) if found else None


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        cells: list[str] = []
        seen: set[int] = set()
        for cell in row.cells:  # a merged cell comes once for every column it covers
            text = " ".join(cell.text.split())
            if text and id(cell._tc) not in seen:
                cells.append(text)
            seen.add(id(cell._tc))
        yield " | ".join(cells)
