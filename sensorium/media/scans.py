"""Pages of a PDF that are pictures of text: finding and drawing them, by PDFium."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2
import pypdfium2.raw as pdfium

from sensorium.errors import MediaError

from .opening import check_file

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

    from sensorium.types import Pixels

    from .decoded import Limits

_STAMP = 50
"""Signs of text that a scan may carry without being a page of text: a page number, the name of a scanning program."""
_COVERS = 0.5
"""The share of a page that its largest picture covers, if the page is a scan."""
_RENDER_DPI = 300
"""Finer than this, letters grow but no more of them are read."""


def scanned_pages(path: Path, limits: Limits) -> tuple[int, ...]:
    """The numbers, from 1, of the pages to read by their look. Raises `MediaError`."""
    check_file(path, max_bytes=limits.max_bytes)
    with _opened(path) as pdf:
        return tuple(number for number, page in _pages(pdf, range(1, len(pdf) + 1)) if _is_scan(page))


def draw_pages(path: Path, limits: Limits, numbers: Sequence[int], longer_px: int) -> Iterator[tuple[int, Pixels]]:
    """The pages of these numbers, their longer side `longer_px` long; damaged ones are left out."""
    check_file(path, max_bytes=limits.max_bytes)
    with _opened(path) as pdf:
        for number, page in _pages(pdf, numbers):
            scale = min(longer_px / max(page.get_size()), _RENDER_DPI / 72)
            bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
            pixels = bitmap.to_numpy()
            yield number, (pixels if pixels.ndim == 3 else pixels[..., None].repeat(3, -1))[..., :3].copy()


def _opened(path: Path) -> PdfDocument:
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise MediaError(f"{path} cannot be opened as a PDF: {error}.") from error


def _pages(pdf: PdfDocument, numbers: Sequence[int]) -> Iterator[tuple[int, PdfPage]]:
    for number in numbers:
        try:
            page = pdf[number - 1]
        except pypdfium2.PdfiumError:
            continue
        try:
            yield number, page
        finally:
            page.close()


def _is_scan(page: PdfPage) -> bool:
    """Whether the page has no text, or next to none over a picture that fills it. An empty page is none."""
    text_page = page.get_textpage()
    try:
        signs = len("".join(text_page.get_text_bounded().split()))
    finally:
        text_page.close()
    if signs > _STAMP:
        return False
    return (signs == 0 and _has_drawing(page)) or _largest_picture(page) >= _COVERS


def _has_drawing(page: PdfPage) -> bool:
    return next(iter(page.get_objects(max_depth=3)), None) is not None


def _largest_picture(page: PdfPage) -> float:
    """The share of the page that its largest picture covers."""
    width, height = page.get_size()
    largest = 0.0
    for found in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = found.get_bounds()
        largest = max(largest, (right - left) * (top - bottom))
    return largest / (width * height) if width and height else 0.0
