"""Text files of any encoding."""

from __future__ import annotations

import re
from pathlib import Path

from sensorium.errors import MediaError

from .decoded import Block, Document

_BLANK_LINES = re.compile(r"\n[ \t\f\v]*\n\s*")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_GUESSED_ON = 256 * 1024
_TELLING = 24
"""A text with fewer bytes than this outside of ASCII has too little to guess by; most such texts are Western, with
here and there an accent."""


def read_text(path: Path) -> str:
    """The file's text with newlines as `\\n`. Raises `MediaError` for files that cannot be read."""
    try:
        return decode_text(path.read_bytes())
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror}.") from error


def decode_text(content: bytes) -> str:
    """Text of an encoding that is not stated: by its byte order mark, as UTF-8, or guessed by its look."""
    return content.decode(guess_encoding(content), "replace").replace("\r\n", "\n").replace("\r", "\n")


def guess_encoding(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(content) - 3 and error.reason == "unexpected end of data":
            return "utf-8"  # cut in the middle of its last character
        return _guess(content)
    return "utf-8"


def read_plain(path: Path) -> Document:
    """Paragraphs are what blank lines part. The title is the file's name."""
    paragraphs = (" ".join(part.split()) for part in _BLANK_LINES.split(read_text(path)))
    return Document(path.stem, tuple(Block(text, "") for text in paragraphs if text))


def _guess(content: bytes) -> str:
    from charset_normalizer import from_bytes

    sample = content[:_GUESSED_ON]
    if sum(byte >= 0x80 for byte in sample) < _TELLING:
        return "cp1252"
    best = from_bytes(sample).best()
    return best.encoding if best else "cp1252"
