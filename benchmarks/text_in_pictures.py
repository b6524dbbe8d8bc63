"""What looking for text costs: a glance at pictures without any, and reading pictures and scanned pages.

    python benchmarks/text_in_pictures.py

Pictures and pages are drawn by the script, so that what stands in them is known. Held against: a picture without text
must cost at most half of one with a line of text, and 97 of 100 letters must be read rightly on pages.
"""

from __future__ import annotations

import difflib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

from sensorium.indexer.inscriptions import read_pages, read_picture
from sensorium.media.decoded import Limits
from sensorium.models.rapid_reader import RapidTextReader

LIMITS = Limits(1 << 30, 1 << 28, 60.0)
COUNT = 12
PAGE = [f"{number}. The keeper of the lighthouse counted {number * 37} ships on that day." for number in range(1, 31)]
GLANCE_AT_MOST, LETTERS_AT_LEAST = 1 / 2, 0.97


def scene(number: int, size: tuple[int, int]) -> Image.Image:
    """A blurred landscape of colours, as photos are: no edges that look like letters."""
    chance = np.random.default_rng(number)
    coarse = chance.integers(40, 220, (6, 9, 3), np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def with_line(number: int) -> Image.Image:
    image = scene(number, (1600, 1200))
    ImageDraw.Draw(image).text((200, 500), f"Platform {number}", fill="black", font=ImageFont.load_default(90))
    return image


def page(_number: int) -> Image.Image:
    image = Image.new("RGB", (1240, 1754), "white")
    for row, line in enumerate(PAGE):
        ImageDraw.Draw(image).text((120, 120 + 48 * row), line, fill="black", font=ImageFont.load_default(26))
    return image


def measured(read: Callable[[Path], tuple], paths: list[Path], wanted: Callable[[int], str]) -> tuple[float, float]:
    """Processor time for each file, and the share of its letters that were read rightly."""
    begun, right = time.process_time(), []
    for number, path in enumerate(paths):
        text = "\n".join(line.text for found in read(path) for line in found.lines)
        right.append(difflib.SequenceMatcher(None, wanted(number), text, autojunk=False).ratio())
    return (time.process_time() - begun) / len(paths), float(np.mean(right))


def main() -> None:
    reader = RapidTextReader()
    reader.read(np.asarray(with_line(0)))  # loads the networks
    table = Table("what", "CPU s each", "letters right", "limit")
    with tempfile.TemporaryDirectory() as folder:
        kinds = {}
        for kind, draw, count, suffix in (
            ("12 megapixels, no text", lambda n: scene(n, (4000, 3000)), COUNT, "jpg"),
            ("2 megapixels, no text", lambda n: scene(n, (1600, 1200)), COUNT, "jpg"),
            ("2 megapixels, one line", with_line, COUNT, "jpg"),
            ("a scanned page, 30 lines", page, 3, "pdf"),
        ):
            paths = [Path(folder) / f"{kind}-{number}.{suffix}" for number in range(count)]
            for number, path in enumerate(paths):
                draw(number).save(path)
            kinds[kind] = paths
        one = lambda path: read_picture(path, LIMITS, reader)  # noqa: E731
        whole = lambda path: read_pages(path, LIMITS, reader, (1,))  # noqa: E731
        line_s, line_right = measured(one, kinds["2 megapixels, one line"], lambda n: f"Platform {n}")
        for kind in ("12 megapixels, no text", "2 megapixels, no text"):
            seconds, right = measured(one, kinds[kind], lambda _: "")
            table.add_row(kind, f"{seconds:.3f}", f"{right:.3f}", f"{GLANCE_AT_MOST * line_s:.3f} s")
        table.add_row("2 megapixels, one line", f"{line_s:.3f}", f"{line_right:.3f}", "")
        seconds, right = measured(whole, kinds["a scanned page, 30 lines"], lambda _: "\n".join(PAGE))
        table.add_row("a scanned page, 30 lines", f"{seconds:.3f}", f"{right:.3f}", f"{LETTERS_AT_LEAST} letters")
    Console().print(table)


if __name__ == "__main__":
    main()
