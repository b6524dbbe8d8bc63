"""What is taken: a file must be called what is read here, and its first bytes must say the same."""

from __future__ import annotations

import re

from sensorium.errors import FetchError
from sensorium.media.signatures import mime_of

HEAD_BYTES = 4096
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_UNSAID = frozenset(("", "application/octet-stream", "binary/octet-stream", "application/x-download"))
"""What servers say that do not know; the first bytes decide alone, and text has none that would."""
_TEXTS = {"text/html": ".html", "application/xhtml+xml": ".html", "text/plain": ".txt", "text/markdown": ".md"}
_STREAMS = frozenset(("audio", "video"))
_STREAM_TYPES = frozenset(
    ("application/ogg", "application/mp4", "application/x-matroska", "application/vnd.rn-realmedia")
)
_SUFFIXES = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/tiff": ".tif", "image/webp": ".webp",
    "image/bmp": ".bmp", "image/avif": ".avif", "image/heic": ".heic",
    "audio/flac": ".flac", "application/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/amr": ".amr",
    "audio/x-caf": ".caf", "audio/wav": ".wav", "audio/aiff": ".aiff", "audio/aac": ".aac", "audio/basic": ".au",
    "video/x-matroska": ".mkv", "video/webm": ".webm", "video/x-flv": ".flv", "video/x-ms-asf": ".wmv",
    "video/mpeg": ".mpg", "video/mp4": ".mp4", "video/quicktime": ".mov", "video/x-msvideo": ".avi",
    "video/mp2t": ".ts", "application/pdf": ".pdf", _DOCX: ".docx",
}  # fmt: skip
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
SUFFIXES = frozenset((*_SUFFIXES.values(), *_TEXTS.values()))
"""Of all files that are taken."""


def declared_type(header: str) -> str:
    """The type in a header Content-Type, in lower case, without what follows it."""
    return header.partition(";")[0].strip().lower()


def require_declared(declared: str, url: str) -> None:
    """Raises `FetchError` where a file is called something that is not read. Asked before its body is."""
    if declared not in _UNSAID and _family(declared) is None:
        raise FetchError(
            f"{url} is said to be {declared!r}. Pictures, sound, films, PDF, docx, HTML and text are fetched."
        )


def type_of(head: bytes, declared: str, url: str) -> tuple[str, str]:
    """The type and the suffix of a file by its first 4096 bytes, where they say what `declared` does.

    Raises `FetchError`.
    """
    found = mime_of(head)
    if found is None and declared in _TEXTS and not _CONTROL.search(head):
        return declared, _TEXTS[declared]
    if found == "application/zip" and declared == _DOCX:
        found = _DOCX
    family = _family(found or "")
    if found is None or family is None or (declared not in _UNSAID and _family(declared) != family):
        told = f"is said to be {declared!r}" if declared else "comes without a type"
        raise FetchError(f"{url} {told}, and begins like {found or 'nothing that is known'}. It was not fetched.")
    return found, _SUFFIXES[found]


def _family(mime: str) -> str | None:
    first = mime.partition("/")[0]
    if first in _STREAMS or mime in _STREAM_TYPES:
        return "stream"
    if mime == "image/svg+xml" or (first == "text" and mime not in _TEXTS):
        return None
    if first == "image":
        return "picture"
    return mime if mime in _TEXTS or mime in (_DOCX, "application/pdf") else None
