"""Text in pictures is found, read, and told where it stands; pictures without any cost a glance."""

from __future__ import annotations

import pickle
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from sensorium.errors import MissingDependency
from sensorium.models.protocols import TextReader
from sensorium.models.rapid_reader import RapidTextReader
from sensorium.models.reading import choose_text_reader, reading_statuses
from sensorium.settings import Settings

pytest.importorskip("rapidocr", reason="the extra ocr is not installed")


@pytest.fixture(scope="module")
def reader():
    return RapidTextReader()


def written(*lines, size=(800, 600), points=40):
    """A white picture with `(x, y, text)` written on it."""
    image = Image.new("RGB", size, "white")
    for x, y, text in lines:
        ImageDraw.Draw(image).text((x, y), text, fill="black", font=ImageFont.load_default(points))
    return np.asarray(image)


def test_it_fits_its_protocol_and_pickles(reader):
    assert isinstance(reader, TextReader)
    assert pickle.loads(pickle.dumps(reader)).checksum == reader.checksum


def test_lines_come_from_top_to_bottom_with_their_boxes(reader):
    lines = reader.read(written((400, 400, "mind the gap"), (80, 100, "Platform 9")))
    assert [line.text for line in lines] == ["Platform 9", "mind the gap"]
    assert all(line.confidence > 0.8 for line in lines)
    left, top, right, bottom = lines[1].box
    assert (left, top) == pytest.approx((400 / 800, 405 / 600), abs=0.03)
    assert 0.7 < right < 1
    assert top + 0.04 < bottom < top + 0.12


def test_small_and_large_pictures_are_read(reader):
    small = written((10, 10, "tiny print"), size=(160, 60), points=14)
    large = written((2500, 1500, "RE16-442"), size=(4000, 3000), points=90)
    assert [line.text for line in reader.read(small)] == ["tiny print"]
    assert [line.text for line in reader.read(large)] == ["RE16-442"]


@pytest.mark.parametrize("turns", [1, 3])
def test_a_label_along_an_axis_is_read(reader, turns):
    turned = np.rot90(written((60, 20, "temperature"), size=(400, 90)), turns)
    assert [line.text for line in reader.read(turned)] == ["temperature"]


def test_a_glance_tells_writing_from_none(reader):
    assert reader.sees_text(written((80, 100, "Platform 9")))
    assert not reader.sees_text(np.full((600, 800, 3), 200, np.uint8))
    assert reader.read(np.full((600, 800, 3), 200, np.uint8)) == ()


def test_the_settings_choose():
    assert choose_text_reader(Settings(ocr="off")) is None
    assert isinstance(choose_text_reader(Settings(ocr="on")), RapidTextReader)
    assert reading_statuses(Settings(ocr="off")) == ()
    assert [status.available for status in reading_statuses(Settings())] == [True]


def test_without_the_packages_auto_is_none_and_on_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidocr", None)  # as if it were not installed
    assert choose_text_reader(Settings()) is None
    with pytest.raises(MissingDependency, match=r"pip install 'sensorium\[ocr\]'"):
        choose_text_reader(Settings(ocr="on"))
