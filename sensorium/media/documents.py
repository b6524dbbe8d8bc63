"""Documents of every kind that is read: plain text, Markdown, HTML, PDF, Word."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sensorium.errors import UnsupportedMedia

from .kinds import DOCX, sniff
from .language import language_of
from .opening import check_file

if TYPE_CHECKING:
    from .decoded import Document, Limits

_TELLING = 50
"""Blocks from a document's beginning that its language is told by."""


def read_document(path: Path, limits: Limits) -> Document:
    """The document's title and text. Raises `MediaError` for files that are damaged, encrypted or too large, its
    child `UnsupportedMedia` for those that are no documents. A document without text is no error.

    Its attribute `language`, an ISO 639 code, is there where the text is long enough to tell.
    """
    check_file(path, max_bytes=limits.max_bytes)
    document = _read(path)
    language = language_of(" ".join(block.text for block in islice(document.blocks, _TELLING)))
    return replace(document, attributes={**document.attributes, "language": language}) if language else document


def _read(path: Path) -> Document:
    mime = sniff(path).mime
    # Each reader brings a library of its own; only the one that is needed is loaded.
    if mime == "text/plain":
        from .plain import read_plain

        return read_plain(path)
    if mime == "text/markdown":
        from .markdown import read_markdown

        return read_markdown(path)
    if mime == "text/html":
        from .html import read_html

        return read_html(path)
    if mime == "application/pdf":
        from .pdf import read_pdf

        return read_pdf(path)
    if mime == DOCX:
        from .docx import read_docx

        return read_docx(path)
    raise UnsupportedMedia(f"{path} is {mime}, not a document. Text, Markdown, HTML, PDF and .docx are read.")
