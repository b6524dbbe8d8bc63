"""Telling a file's type by its first bytes."""

from __future__ import annotations

_PREFIXES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "application/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"#!AMR", "audio/amr"),
    (b"caff", "audio/x-caf"),
    (b".snd", "audio/basic"),
    (b"\x1a\x45\xdf\xa3", "video/x-matroska"),
    (b"FLV\x01", "video/x-flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"\0\0\x01\xba", "video/mpeg"),
    (b"\0\0\x01\xb3", "video/mpeg"),
    (b"PK\x03\x04", "application/zip"),
    (b"PAR1", "application/vnd.apache.parquet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_QUICKTIME_ATOMS = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_BITMAP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
_TS_PACKET = 188


def mime_of(head: bytes) -> str | None:
    """The media type that the first 4096 bytes of a file announce, or None for text and unknown files.

    A container's type is that of its most usual content: whether it holds film or sound only is for a
    demuxer to say.
    """
    for prefix, mime in _PREFIXES:
        if head.startswith(prefix):
            return "video/webm" if mime == "video/x-matroska" and b"webm" in head[:64] else mime
    return _chunked(head) or _weakly_marked(head)


def _chunked(head: bytes) -> str | None:
    """Formats whose mark is not at the very start."""
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head.startswith(b"FORM") and head[8:12] in (b"AIFF", b"AIFC"):
        return "audio/aiff"
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    if head[4:8] in _QUICKTIME_ATOMS:
        return "video/quicktime"
    return "application/pdf" if b"%PDF-" in head[:1024] else None


def _iso_media(head: bytes) -> str:
    brand = head[8:12]
    compatible = {head[at : at + 4] for at in range(16, min(int.from_bytes(head[:4], "big"), 128), 4)}
    if brand in (b"avif", b"avis") or (brand in (b"mif1", b"msf1") and b"avif" in compatible):
        return "image/avif"
    if brand in _HEIF_BRANDS:
        return "image/heic"
    return "video/quicktime" if brand == b"qt  " else "video/mp4"


def _weakly_marked(head: bytes) -> str | None:
    """Formats with two bytes of mark or less: more of the header has to make sense."""
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS:
        return "image/bmp"
    if len(head) > 3 * _TS_PACKET and all(head[at] == 0x47 for at in range(0, 3 * _TS_PACKET, _TS_PACKET)):
        return "video/mp2t"
    return _mpeg_audio(head)


def _mpeg_audio(head: bytes) -> str | None:
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0 or head[:2] == b"\xff\xfe":  # FF FE opens UTF-16 text
        return None
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, sample_rate = head[2] >> 4, head[2] >> 2 & 3
    return "audio/mpeg" if version != 1 and layer and bit_rate not in (0, 15) and sample_rate != 3 else None
