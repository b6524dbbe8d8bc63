from __future__ import annotations

import sys

import numpy as np
import pytest

from sensorium.errors import MediaError, UnsupportedMedia
from sensorium.media.decoded import Block, Document, Film, Limits, Picture, Sound
from sensorium.media.pictures import decode_picture
from sensorium.media.reader import MediaReader, decode
from sensorium.settings import Settings
from sensorium.types import Kind


@pytest.fixture(scope="module")
def reader():
    reader = MediaReader(Settings(workers=2, max_megapixels=1, decode_timeout_s=60))
    yield reader
    reader.close()


@pytest.fixture
def files(tmp_path, make):
    make.quarters().save(tmp_path / "photo.png")
    (tmp_path / "notes.md").write_text("# Garden\nTulips.")
    make.sound(tmp_path / "tone.flac", "flac")
    make.film(tmp_path / "film.mp4", [make.RED, make.BLUE], tone_hz=500.0)
    return tmp_path


def test_limits_come_from_the_settings():
    settings = Settings(max_file_mb=3, max_megapixels=5, max_duration_s=70)
    assert Limits.from_settings(settings) == Limits(3_000_000, 5_000_000, 70.0)


def test_everything_comes_back_from_the_workers(reader, files, make):
    picture = reader.picture(files / "photo.png", shorter_px=40)
    np.testing.assert_array_equal(
        picture.pixels, decode_picture(files / "photo.png", Limits(1 << 20, 1 << 20, 1.0), shorter_px=40).pixels
    )
    assert make.loudest_hz(reader.sound(files / "tone.flac").samples) == pytest.approx(440.0, abs=2.0)
    film = reader.film(files / "film.mp4", shorter_px=32)
    assert [frame.start_s for frame in film.frames] == pytest.approx([0.0, 2.0], abs=0.1)
    assert reader.document(files / "notes.md") == Document("Garden", (Block("Tulips.", "Garden"),), {})


def test_submit_decodes_by_what_the_file_is(reader, files):
    expected = {"photo.png": Picture, "tone.flac": Sound, "film.mp4": Film, "notes.md": Document}
    futures = {name: reader.submit(files / name, shorter_px=32) for name in expected}
    assert {name: type(future.result(timeout=60)) for name, future in futures.items()} == expected


def test_decode_says_what_the_file_is(files):
    limits = Limits(1 << 20, 1 << 20, 60.0)
    kinds = {
        name: decode(files / name, limits, 32)[0].kind for name in ("photo.png", "tone.flac", "film.mp4", "notes.md")
    }
    assert list(kinds.values()) == [Kind.PICTURE, Kind.RECORDING, Kind.FILM, Kind.DOCUMENT]


def test_the_limits_of_the_settings_hold(reader, tmp_path, make):
    make.quarters(1200, 1000).save(tmp_path / "large.png")
    with pytest.raises(MediaError, match=r"large.png (has more than|has 1200 × 1000)"):
        reader.picture(tmp_path / "large.png", shorter_px=32)


def test_a_feed_is_not_one_medium(reader, tmp_path):
    (tmp_path / "feed.csv").write_text("id,title\n1,A\n")
    with pytest.raises(UnsupportedMedia, match="is a product feed, a list of items"):
        reader.submit(tmp_path / "feed.csv", shorter_px=32).result(timeout=60)


def test_the_wrong_kind_is_a_media_error(reader, files):
    for read in (lambda path: reader.picture(path, shorter_px=32), reader.sound, reader.document):
        with pytest.raises(MediaError, match=r"film.mp4|photo.png"):
            read(
                files
                / ("photo.png" if read == reader.sound else "film.mp4" if read != reader.document else "photo.png")
            )


def test_heic_without_its_package_is_a_media_error_with_the_cure(tmp_path, monkeypatch):
    path = tmp_path / "photo.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # makes its import fail, as where it is not installed
    with pytest.raises(MediaError, match=r"photo.heic.*pip install 'sensorium\[heic\]'"):
        decode(path, Limits(1 << 20, 1 << 20, 60.0), 32)


def test_a_reader_that_was_never_used_closes():
    MediaReader(Settings()).close()
