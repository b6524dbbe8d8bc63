"""Real files from cameras, shops and books, where the development corpus is at hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from sensorium.errors import UnsupportedMedia
from sensorium.media.decoded import BadRow, Limits
from sensorium.media.feeds import read_feed
from sensorium.media.kinds import SUFFIXES, sniff
from sensorium.media.reader import decode
from sensorium.types import Kind

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
LIMITS = Limits(max_bytes=100_000_000, max_pixels=50_000_000, max_duration_s=3600.0)
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the development corpus is not on this machine")

KINDS = {
    ".jpg": Kind.PICTURE,
    ".flac": Kind.RECORDING,
    ".ogg": Kind.RECORDING,
    ".mp4": Kind.FILM,
    ".mkv": Kind.FILM,
    ".mpg": Kind.FILM,
    ".md": Kind.DOCUMENT,
    ".html": Kind.DOCUMENT,
    ".docx": Kind.DOCUMENT,
    ".pdf": Kind.DOCUMENT,
    ".csv": Kind.PRODUCT,
    ".jsonl": Kind.PRODUCT,
}


def files():
    return sorted(path for path in CORPUS.rglob("*") if path.suffix in SUFFIXES and path.parent != CORPUS)


def test_every_file_is_what_its_name_says():
    wrong = {str(path): found for path in files() if (found := sniff(path).kind) is not KINDS[path.suffix]}
    assert wrong == {}


def test_lists_that_are_no_products_are_no_feeds():
    for name in ("manifest.jsonl", "queries.jsonl"):
        with pytest.raises(UnsupportedMedia, match="no column is called title or name"):
            sniff(CORPUS / name)


@pytest.mark.parametrize("suffix", [suffix for suffix, kind in KINDS.items() if kind is not Kind.PRODUCT])
def test_a_handful_of_every_kind_decodes(suffix):
    for path in [path for path in files() if path.suffix == suffix][::7][:4]:
        media_type, decoded = decode(path, LIMITS, 64)
        match media_type.kind:
            case Kind.PICTURE:
                # JPEG is scaled by eighths while it is decoded, so its shorter side may come out longer
                asked = min(64, decoded.width, decoded.height)
                assert asked <= min(decoded.pixels.shape[:2]) <= 2 * asked
                assert decoded.pixels.std() > 1
            case Kind.RECORDING:
                assert decoded.duration_s > 0.1
                assert decoded.samples.std() > 1
            case Kind.FILM:
                assert decoded.frames[0].start_s < 0.5
                assert [frame.end_s for frame in decoded.frames[:-1]] == [frame.start_s for frame in decoded.frames[1:]]
                assert decoded.frames[-1].end_s == decoded.duration_s
            case Kind.DOCUMENT:
                assert decoded.title
                assert sum(len(block.text) for block in decoded.blocks) > 500
                assert all(block.heading for block in decoded.blocks)


def test_the_feeds_have_products_with_pictures():
    counts: Counter[str] = Counter()
    for feed in (path for path in files() if path.suffix in (".csv", ".jsonl")):
        for row in read_feed(feed):
            assert not isinstance(row, BadRow), row
            assert all(path.is_file() for path in row.media)
            counts[feed.parent.name] += bool(row.media)
    assert all(count > 50 for count in counts.values()), counts
    assert len(counts) == 3
