from __future__ import annotations

import os
import wave

import docx
import pytest
from PIL import Image

from sensorium.errors import MediaError, UnsupportedMedia
from sensorium.media.kinds import SUFFIXES, sniff
from sensorium.types import Kind

PICTURES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "BMP": "image/bmp",
    "AVIF": "image/avif",
    "GIF": "image/gif",
}


@pytest.mark.parametrize("name", ["right", "photo.jpg", "film.mp4", "text.txt", "page.html", "nothing"])
@pytest.mark.parametrize("written", PICTURES)
def test_a_picture_is_known_by_its_content_whatever_its_name(tmp_path, make, written, name):
    path = tmp_path / name
    make.quarters().save(path, format=written)
    found = sniff(path)
    assert (found.kind, found.mime, found.form) == (Kind.PICTURE, PICTURES[written], "picture")


def test_a_gif_is_a_film_only_when_it_moves(tmp_path):
    frames = [Image.new("L", (8, 8), grey) for grey in (0, 90)]
    moving, still = tmp_path / "moving.gif", tmp_path / "still.gif"
    frames[0].save(moving, save_all=True, append_images=frames[1:])
    frames[0].save(still)
    assert (sniff(moving).kind, sniff(moving).form) == (Kind.FILM, "film")
    assert (sniff(still).kind, sniff(still).form) == (Kind.PICTURE, "picture")


@pytest.mark.parametrize(
    ("suffix", "codec", "mime"),
    [
        ("wav", "pcm_s16le", "audio/wav"),
        ("mp3", "libmp3lame", "audio/mpeg"),
        ("flac", "flac", "audio/flac"),
        ("ogg", "vorbis", "audio/ogg"),
        ("opus", "libopus", "audio/ogg"),
        ("m4a", "aac", "audio/mp4"),
        ("mp4", "aac", "audio/mp4"),
        ("mkv", "flac", "audio/x-matroska"),
        ("webm", "libopus", "audio/webm"),
        ("aac", "aac", "audio/aac"),
        ("aiff", "pcm_s16be", "audio/aiff"),
    ],
)
def test_a_container_with_sound_alone_is_a_recording(tmp_path, make, suffix, codec, mime):
    found = sniff(make.sound(tmp_path / f"tone.{suffix}", codec, rate=48_000))
    assert (found.kind, found.mime, found.form) == (Kind.RECORDING, mime, "sound")


def test_mp3_without_a_tag_is_known_by_its_frames(tmp_path, make):
    path = make.sound(tmp_path / "tone.mp3", "libmp3lame")
    content = path.read_bytes()
    path.write_bytes(content[content.index(b"\xff\xfb") :])
    assert sniff(path).mime == "audio/mpeg"


@pytest.mark.parametrize(
    ("suffix", "codec", "mime"),
    [("mp4", "mpeg4", "video/mp4"), ("mkv", "mpeg4", "video/x-matroska"), ("mov", "mpeg4", "video/quicktime")],
)
def test_a_container_with_a_picture_track_is_a_film(tmp_path, make, suffix, codec, mime):
    path = make.film(tmp_path / f"film.{suffix}", [make.RED], codec=codec, tone_hz=440.0)
    found = sniff(path)
    assert (found.kind, found.mime, found.form) == (Kind.FILM, mime, "film")


def test_cover_art_does_not_make_a_recording_a_film(tmp_path, make):
    path = make.sound(tmp_path / "song.mp3", "libmp3lame")
    cover = tmp_path / "cover.jpg"
    make.quarters().save(cover)
    picture = b"\0image/jpeg\0\x03\0" + cover.read_bytes()
    frame = b"APIC" + len(picture).to_bytes(4, "big") + b"\0\0" + picture
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\x03\0\0" + size + frame + path.read_bytes())
    assert sniff(path).kind is Kind.RECORDING


@pytest.mark.parametrize(
    ("name", "content", "mime"),
    [
        ("a.txt", b"Some words.", "text/plain"),
        ("a.md", b"# Words", "text/markdown"),
        ("a.HTML", b"<p>Words", "text/html"),
        ("a.txt", b"<!-- saved -->\n<!DOCTYPE html><p>Words", "text/html"),
        ("page", b"<html><p>Words", "text/html"),
        ("a.txt", "Wörter".encode("utf-16"), "text/plain"),
        ("a.pdf", b"%PDF-1.4\n", "application/pdf"),
        ("a.txt", b"\n%PDF-1.4\n", "application/pdf"),
    ],
)
def test_documents_are_told_apart(tmp_path, name, content, mime):
    path = tmp_path / name
    path.write_bytes(content)
    assert (sniff(path).kind, sniff(path).mime) == (Kind.DOCUMENT, mime)


def test_a_word_document_is_an_archive_with_a_document(tmp_path):
    path = tmp_path / "letter.zip"
    docx.Document().save(path)
    assert sniff(path).mime.endswith("wordprocessingml.document")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", b'{"title": "A"}\n'),
        ("a.csv", b"id;name\n1;A\n"),
        ("a.tsv", b"id\ttitle\n1\tA\n"),
        ("a.xml", b"<rss><channel><item><title>A</title></item></channel></rss>"),
    ],
)
def test_tables_of_products_are_feeds(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    assert (sniff(path).kind, sniff(path).form) == (Kind.PRODUCT, "feed")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.jpg", b"These are words.", "holds text, which its name does not say"),
        ("a.jpg", b"<html>Not found</html>", "holds text, which its name does not say"),
        ("a.py", b"import os", "is of no known type. Text is read from files named .atom, .csv"),
        ("a.bin", bytes(range(256)), "is of no known type. Pictures, sound, films, documents and feeds are read."),
        ("a.csv", b"x,y\n1,2\n", "is not a product feed: no column is called title or name."),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is an old or encrypted Office file. Save it as"),
    ],
)
def test_other_files_are_refused_with_a_reason(tmp_path, name, content, sentence):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnsupportedMedia, match=sentence) as caught:
        sniff(path)
    assert str(path) in str(caught.value)


def test_an_archive_is_refused(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "words")
    with pytest.raises(UnsupportedMedia, match=r"is an archive, not a .docx document. Unpack it"):
        sniff(tmp_path / "a.zip")


def test_a_playlist_that_names_other_files_is_refused(tmp_path, make):
    make.film(tmp_path / "film.ts", [make.RED], codec="mpeg2video", fps=25)
    path = tmp_path / "list.mp4"
    path.write_text("#EXTM3U\n#EXTINF:2,\nfilm.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(UnsupportedMedia):
        sniff(path)


def test_a_playlist_is_not_opened_as_a_film_either(tmp_path, limits, make):
    from sensorium.media.films import decode_film

    make.film(tmp_path / "film.ts", [make.RED], codec="mpeg2video", fps=25)
    path = tmp_path / "list.mp4"
    path.write_text("#EXTM3U\n#EXTINF:2,\nfilm.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(MediaError, match=r"cannot be decoded as sound or film"):
        decode_film(path, limits, shorter_px=32)


def test_what_is_no_ordinary_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "empty.jpg").touch()
    for path, sentence in [
        (tmp_path, "is a folder; a file was expected"),
        (tmp_path / "pipe.jpg", "is a pipe, socket or device and is not opened"),
        (tmp_path / "empty.jpg", "is empty. Copy it again"),
        (tmp_path / "none.jpg", "does not exist. Check the path"),
    ]:
        with pytest.raises(MediaError, match=sentence):
            sniff(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_told(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_text("words")
    path.chmod(0)
    with pytest.raises(MediaError, match=r"may not be read by this user. Change its permissions"):
        sniff(path)


def test_a_damaged_container_is_no_unknown_type(tmp_path):
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(100))
    content = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(content[:14])
    with pytest.raises(MediaError) as caught:
        sniff(tmp_path / "a.wav")
    assert type(caught.value) is MediaError


def test_a_scan_opens_what_can_be_read_and_little_else():
    assert {".jpg", ".heic", ".opus", ".mpg", ".md", ".docx", ".parquet"} <= SUFFIXES
    assert not {".py", ".json", ".zip", ".exe", ""} & SUFFIXES
