"""Every decoder, given what it should not be given, answers with one plain sentence that names the file."""

from __future__ import annotations

import random
import zipfile

import docx
import pytest

from sensorium.errors import MediaError
from sensorium.media.decoded import Limits
from sensorium.media.documents import read_document
from sensorium.media.films import decode_film
from sensorium.media.pictures import decode_picture
from sensorium.media.reader import decode
from sensorium.media.sounds import decode_sound

DECODERS = {
    "picture": lambda path, limits: decode_picture(path, limits, shorter_px=64),
    "sound": decode_sound,
    "film": lambda path, limits: decode_film(path, limits, shorter_px=64),
    "document": read_document,
    "any": lambda path, limits: decode(path, limits, 64),
}


@pytest.mark.parametrize("decoder", DECODERS)
def test_files_that_are_not_files_are_refused(tmp_path, limits, decoder):
    empty = tmp_path / "empty.jpg"
    empty.touch()
    for path, sentence in [(empty, "is empty"), (tmp_path, "is a folder"), (tmp_path / "none", "does not exist")]:
        with pytest.raises(MediaError, match=sentence) as caught:
            DECODERS[decoder](path, limits)
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("decoder", DECODERS)
def test_files_above_the_limit_are_refused_before_they_are_opened(tmp_path, decoder):
    path = tmp_path / "large.bin"
    path.write_bytes(b"x" * 2_500_000)
    with pytest.raises(MediaError, match=r"has 2.5 MB; at most 2 MB are read. Raise SENSORIUM_MAX_FILE_MB"):
        DECODERS[decoder](path, Limits(2_000_000, 1 << 20, 60.0))


@pytest.mark.parametrize("decoder", ["picture", "sound", "film", "any"])
def test_text_renamed_to_a_picture_is_refused(tmp_path, limits, decoder):
    path = tmp_path / "words.jpg"
    path.write_text("These are words, not a picture.")
    with pytest.raises(MediaError, match=r"words.jpg"):
        DECODERS[decoder](path, limits)


def truncated(path, share):
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return path


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "avif", "bmp"])
def test_a_cut_off_picture_is_an_error(tmp_path, limits, make, suffix):
    path = tmp_path / f"photo.{suffix}"
    make.quarters(400, 300).save(path)
    with pytest.raises(MediaError, match=r"is damaged or cut off|is not a picture that can be read"):
        decode_picture(truncated(path, 0.5), limits, shorter_px=64)


def test_a_film_without_its_index_is_an_error(tmp_path, limits, make):
    path = make.film(tmp_path / "film.mp4", [make.RED, make.BLUE])  # the index comes last
    with pytest.raises(MediaError, match=r"It is damaged, cut off or mislabelled"):
        decode_film(truncated(path, 0.5), limits, shorter_px=64)


def test_a_sound_with_nothing_but_a_header_is_an_error(tmp_path, limits, make):
    path = make.sound(tmp_path / "tone.flac", "flac")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(MediaError, match=r"tone.flac"):
        decode_sound(path, limits)


def test_a_cut_off_pdf_is_an_error(tmp_path, limits, make):
    path = make.pdf(tmp_path / "paper.pdf", [[(50, 700, 10, "Words.")]])
    with pytest.raises(MediaError, match=r"is a damaged or cut off PDF. Copy it again"):
        read_document(truncated(path, 0.3), limits)


def test_a_cut_off_word_document_is_an_error(tmp_path, limits):
    path = tmp_path / "letter.docx"
    docx.Document().save(path)
    with pytest.raises(MediaError, match=r"is a damaged or cut off"):
        read_document(truncated(path, 0.5), limits)


def test_a_word_document_with_broken_xml_is_an_error(tmp_path, limits):
    path = tmp_path / "letter.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<not closed")
    with pytest.raises(MediaError, match=r"is a damaged Word document"):
        read_document(path, limits)


def test_a_word_document_that_unpacks_to_gigabytes_is_refused(tmp_path, limits):
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "<x/>")
        with archive.open("word/media/zeros", "w", force_zip64=True) as file:
            for _ in range(70):
                file.write(bytes(16 << 20))
    with pytest.raises(MediaError, match=r"would unpack to 1174 MB; at most 1074 are read"):
        read_document(path, limits)


@pytest.mark.parametrize(
    "kind", ["jpg", "png", "gif", "webp", "tiff", "wav", "mp3", "flac", "mp4", "mkv", "pdf", "docx"]
)
def test_scrambled_files_decode_or_fail_in_a_sentence(tmp_path, limits, make, kind):
    original = written(tmp_path / f"original.{kind}", make).read_bytes()
    chance = random.Random(kind)
    for number in range(12):
        content = bytearray(original)
        for _ in range(1 + number * 3):
            content[chance.randrange(len(content))] = chance.randrange(256)
        path = tmp_path / f"{number}.{kind}"
        path.write_bytes(content)
        error = None
        try:
            decode(path, limits, 32)
        except MediaError as caught:
            error = caught
        assert error is None or str(path) in str(error)


def written(path, make):
    if path.suffix in (".wav", ".mp3", ".flac"):
        return make.sound(
            path, {".wav": "pcm_s16le", ".mp3": "libmp3lame", ".flac": "flac"}[path.suffix], duration_s=0.5
        )
    if path.suffix in (".mp4", ".mkv"):
        return make.film(path, [make.RED, make.BLUE], codec="mpeg4", tone_hz=440.0, each_s=0.5)
    if path.suffix == ".pdf":
        return make.pdf(path, [[(50, 700, 10, "Words.")]])
    if path.suffix == ".docx":
        word = docx.Document()
        word.add_paragraph("Words.")
        word.save(path)
    else:
        make.quarters().save(path)
    return path
