"""What a file is: by its content first, by its name only where content is ambiguous."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from sensorium.errors import MediaError, UnsupportedMedia
from sensorium.types import Kind

from .opening import check_file, read_head
from .signatures import mime_of

Form: TypeAlias = Literal["picture", "sound", "film", "document", "feed"]

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PARQUET = "application/vnd.apache.parquet"
_PICTURES = {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".avif", ".heic", ".heif"}
_SOUNDS = {".wav", ".mp3", ".flac", ".ogg", ".oga", ".opus", ".m4a", ".aac", ".wma", ".aif", ".aiff", ".caf", ".amr"}
_FILMS = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".wmv", ".flv", ".3gp", ".ogv"}
_TEXTS = {
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".jsonl": "application/jsonl",
    ".ndjson": "application/jsonl",
    ".csv": "text/csv",
    ".tsv": "text/csv",
    ".xml": "text/xml",
    ".rss": "text/xml",
    ".atom": "text/xml",
}
_FEED_TEXTS = {"application/jsonl", "text/csv", "text/xml"}
SUFFIXES = frozenset(_PICTURES | _SOUNDS | _FILMS | set(_TEXTS) | {".pdf", ".docx", ".parquet"})
"""Suffixes, in lower case, of the files that a scan opens."""

WITH_SUBTITLES = frozenset(_SOUNDS | _FILMS)
"""Suffixes of the files that may have subtitles beside them."""

_SOUND_ONLY = {
    "application/ogg": "audio/ogg",
    "video/mp4": "audio/mp4",
    "video/quicktime": "audio/mp4",
    "video/x-matroska": "audio/x-matroska",
    "video/webm": "audio/webm",
    "video/x-ms-asf": "audio/x-ms-wma",
}
_HTML = re.compile(rb"^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html)\b", re.IGNORECASE | re.DOTALL)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class MediaType:
    """`kind` is what a person calls the item, `form` the decoder that reads it."""

    kind: Kind
    mime: str
    form: Form


def sniff(path: Path) -> MediaType:
    """What the file is. Raises `UnsupportedMedia` for kinds that are not read, `MediaError` for unreadable files."""
    check_file(path)
    head = read_head(path)
    mime = mime_of(head)
    if mime is None:
        return _text(path, head)
    if mime == "image/gif" and _moves(path):
        return MediaType(Kind.FILM, mime, "film")
    if mime.startswith("image/"):
        return MediaType(Kind.PICTURE, mime, "picture")
    if mime.startswith(("audio/", "video/")) or mime == "application/ogg":
        return _streams(path, mime)
    return _packed(path, mime)


def _text(path: Path, head: bytes) -> MediaType:
    suffix = path.suffix.lower()
    if not head.startswith(_BYTE_ORDER_MARKS) and _CONTROL.search(head):
        raise UnsupportedMedia(f"{path} is of no known type. Pictures, sound, films, documents and feeds are read.")
    mime = _TEXTS.get(suffix)
    if mime in (None, "text/plain") and (mime or suffix not in SUFFIXES) and _HTML.match(head):
        mime = "text/html"
    if mime is None:
        raise UnsupportedMedia(
            f"{path} holds text, which its name does not say. If it is a document, name it .txt, .md or .html."
            if suffix in SUFFIXES
            else f"{path} is of no known type. Text is read from files named {', '.join(sorted(_TEXTS))}."
        )
    return _feed(path, mime) if mime in _FEED_TEXTS else MediaType(Kind.DOCUMENT, mime, "document")


def _feed(path: Path, mime: str) -> MediaType:
    from .feeds import check_feed  # loads PyArrow for a Parquet file, lxml for XML

    check_feed(path)
    return MediaType(Kind.PRODUCT, mime, "feed")


def _packed(path: Path, mime: str) -> MediaType:
    if mime == "application/pdf":
        return MediaType(Kind.DOCUMENT, mime, "document")
    if mime == PARQUET:
        return _feed(path, mime)
    if mime == "application/x-ole-storage":
        raise UnsupportedMedia(f"{path} is an old or encrypted Office file. Save it as .docx without a password.")
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise MediaError(f"{path} is a damaged or cut off archive. Copy it again from where it came from.") from error
    if "word/document.xml" not in names:
        raise UnsupportedMedia(f"{path} is an archive, not a .docx document. Unpack it to have its files read.")
    return MediaType(Kind.DOCUMENT, DOCX, "document")


def _moves(path: Path) -> bool:
    from PIL import Image

    try:
        with Image.open(path, formats=("GIF",)) as image:
            return bool(getattr(image, "is_animated", False))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False  # the decoder will say what is wrong with it


def _streams(path: Path, mime: str) -> MediaType:
    from .streams import opened, picture_stream, sound_stream

    with opened(path) as container:
        if picture_stream(container) is not None:
            return MediaType(Kind.FILM, "video/ogg" if mime == "application/ogg" else mime, "film")
        if sound_stream(container) is not None:
            return MediaType(Kind.RECORDING, _SOUND_ONLY.get(mime, mime), "sound")
    raise UnsupportedMedia(f"{path} holds neither sound nor film that can be decoded.")
