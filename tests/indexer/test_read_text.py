"""What is written in pictures, film stills and scanned pages is found, each with its place."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from fractions import Fraction

import av
import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFont

from sensorium.indexer import index
from sensorium.library import Library
from sensorium.models.model_set import ModelSet
from sensorium.models.rapid_reader import RapidTextReader
from sensorium.settings import Settings
from sensorium.types import Channel
from tests.fakes import fake_recipe
from tests.media_files import write_pdf

pytest.importorskip("rapidocr", reason="the extra ocr is not installed")

PAGE = [f"Line {number}: the keeper of the lighthouse counted {number * 7} ships that day." for number in range(1, 31)]


def written(*lines, size=(800, 600), points=40):
    image = Image.new("RGB", size, "white")
    for x, y, text in lines:
        ImageDraw.Draw(image).text((x, y), text, fill="black", font=ImageFont.load_default(points))
    return image


def models(reader=RapidTextReader):
    return ModelSet("fake", dataclasses.replace(fake_recipe(), text_reader=lambda: reader() if reader else None))


def run(library, *paths, reader=RapidTextReader, retry=False, **options):
    return index(paths, library, models(reader), settings=Settings(workers=1, **options), retry=retry)


def write_scan(path, folder):
    """Two pages, the first a picture of text, the second text."""
    page = written(*((120, 120 + 48 * row, line) for row, line in enumerate(PAGE)), size=(1240, 1754), points=26)
    page.save(folder / "first.pdf", resolution=150)
    write_pdf(folder / "second.pdf", [[(50, 700, 12, "The appendix is text itself, and long enough to be no stamp.")]])
    with pypdfium2.PdfDocument(folder / "first.pdf") as scan, pypdfium2.PdfDocument(folder / "second.pdf") as text:
        scan.import_pages(text)
        scan.save(path)


def write_film(path):
    """Two seconds of nothing, four of a title, two of nothing; each second begins with a key frame."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.codec_context.gop_size = 5
        title, nothing = written((150, 140, "THE LAST FERRY"), size=(640, 360)), Image.new("RGB", (640, 360), "navy")
        for number in range(40):
            frame = av.VideoFrame.from_image(title if 10 <= number < 30 else nothing)
            frame.pts, frame.time_base = number, Fraction(1, 5)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("writings")
    written((80, 60, "Harbour closed"), (80, 400, "part RE16-442")).save(made / "sign.png")
    Image.new("RGB", (300, 200), (120, 90, 60)).save(made / "plain.png")
    write_scan(made / "scan.pdf", tmp_path_factory.mktemp("pages"))
    write_film(made / "film.mp4")
    return made


@pytest.fixture(scope="module")
def library(folder, tmp_path_factory):
    opened = Library.open_or_create(tmp_path_factory.mktemp("library"), "fake")
    summary = run(opened, folder)
    assert (summary.failures, summary.read, summary.inscribed) == ([], 4, 3)
    yield opened
    opened.close()


def found(library, words):
    segments = library.segments([i for i, _ in library.find_words(Channel.OCR, words, 20)])
    return [(library.item(s.item_id).path.name, s) for s in segments.values()]


def test_words_in_a_picture_are_found_with_their_place(library):
    ((name, segment),) = found(library, "harbour")
    assert (name, segment.text) == ("sign.png", "Harbour closed\npart RE16-442")
    (_, first_top, *_), (_, second_top, *_) = segment.boxes
    assert (first_top, second_top) == pytest.approx((68 / 600, 408 / 600), abs=0.03)


def test_pictures_without_words_have_none(library):
    assert len(library.segment_ids(Channel.OCR)) == len(found(library, "harbour lighthouse ferry"))


def test_a_scanned_page_is_read_in_passages_and_a_page_of_text_is_not(library):
    segments = [segment for name, segment in found(library, "lighthouse") if name == "scan.pdf"]
    assert {segment.page for segment in segments} == {1}
    assert len(segments) > 1
    lines = [line for segment in sorted(segments, key=lambda s: s.boxes[0][1]) for line in segment.text.split("\n")]
    assert sum(line == wanted for line, wanted in zip(lines, PAGE, strict=True)) >= 27
    assert found(library, "appendix") == []
    assert library.find_words(Channel.TEXT, "appendix", 5)


def test_a_title_is_found_at_its_time_in_the_film(library):
    ((name, segment),) = found(library, "ferry")
    assert (name, segment.text) == ("film.mp4", "THE LAST FERRY")
    assert (segment.start_s, segment.end_s) == pytest.approx((2.0, 6.0), abs=0.5)


def test_what_has_been_read_is_not_read_again_nor_is_a_copy(folder, library, tmp_path):
    assert run(library, folder).read == 0
    shutil.copy(folder / "sign.png", tmp_path / "copy.png")
    summary = run(library, tmp_path)
    assert (summary.read, summary.inscribed, summary.encoded) == (1, 1, 0)
    assert {name for name, _ in found(library, "harbour")} == {"sign.png", "copy.png"}
    (tmp_path / "copy.png").unlink()
    run(library, tmp_path)


def test_without_a_reader_the_extra_is_named_once_it_would_be_of_use(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidocr", None)  # as if it were not installed
    fresh = Library.open_or_create(tmp_path / "library", "fake")
    (tmp_path / "notes.txt").write_text("Words.")
    assert run(fresh, tmp_path / "notes.txt", reader=None).notes == []
    (note,) = run(fresh, folder / "plain.png", reader=None).notes
    assert "pip install 'sensorium[ocr]'" in note
    assert run(fresh, folder / "plain.png", reader=None, ocr="off").notes == []


def test_pictures_indexed_without_a_reader_are_read_once_there_is_one(folder, tmp_path):
    fresh = Library.open_or_create(tmp_path / "library", "fake")
    run(fresh, folder / "sign.png", reader=None)
    assert found(fresh, "harbour") == []
    summary = run(fresh, folder / "sign.png")
    assert (summary.indexed, summary.unchanged, summary.inscribed) == (0, 1, 1)
    assert [name for name, _ in found(fresh, "harbour")] == ["sign.png"]


def test_what_could_not_be_read_is_told_and_tried_again_when_asked(folder, tmp_path):
    fresh = Library.open_or_create(tmp_path / "library", "fake")
    for name in ("sign", "plain"):
        shutil.copy(folder / f"{name}.png", tmp_path / f"{name}.png")
    run(fresh, tmp_path, reader=None)
    hidden = (tmp_path / "sign.png").rename(tmp_path / "hidden")
    (failure,) = run(fresh, tmp_path / "plain.png").failures
    assert "its text could not be read" in failure.reason
    assert [told.path.name for told in fresh.status().failures] == ["sign.png"]
    hidden.rename(tmp_path / "sign.png")
    assert run(fresh, tmp_path).read == 0
    assert run(fresh, tmp_path, retry=True).inscribed == 1
    assert fresh.status().failures == ()
