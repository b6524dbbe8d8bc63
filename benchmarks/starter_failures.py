"""What the starter's picture tower cannot see, on drawn pairs of pictures: `python -m benchmarks.starter_failures`.

Two pictures and two texts that differ in one respect (after Winoground; Thrush et al., 2022). A text is right where its
own picture has the higher cosine, a picture where its own text has; chance is right in one of two. The pictures are
drawn by the demo's drawing board. Writes a sheet of them with the cosines under each (`--plot`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sensorium.models.profiles import load_models
from sensorium.settings import Settings

sys.path.insert(0, str(Path(__file__).parent.parent / "examples"))
import products  # the demo's modules lie in a folder of scripts
import scenery
import scenes
from drawing import Canvas, View

if TYPE_CHECKING:
    import numpy.typing as npt

SIZE = (384, 256)
RED, BLUE = (206, 32, 36), (36, 74, 190)
Paint = Callable[[Canvas], None]


@dataclass(frozen=True, slots=True)
class Case:
    """Two pictures, each with its text."""

    about: str
    texts: tuple[str, str]
    pictures: tuple[Image.Image, Image.Image]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plot", type=Path, default=Path("docs/models/starter-failures.png"))
    chosen = parser.parse_args()
    models = load_models(Settings(device="cpu"), "starter")
    (words,) = models.texts
    cases = _cases()
    cosines = []
    print("| what differs | texts | own and other picture | own and other picture | texts right | pictures right |")
    print("|---|---|---|---|---|---|")
    for case in cases:
        found = words.encode_texts(case.texts) @ models.pictures.encode_pictures(_pixels(case)).T
        cosines.append(found)
        (a, b), (c, d) = found.tolist()
        right_texts, right_pictures = (a > b) + (d > c), (a > c) + (d > b)
        print(f"| {case.about} | {' / '.join(case.texts)} | {a:.3f}, {b:.3f} | {d:.3f}, {c:.3f} "
              f"| {right_texts} of 2 | {right_pictures} of 2 |")  # fmt: skip
    _plot(cases, cosines, chosen.plot)


def _pixels(case: Case) -> list[npt.NDArray[np.uint8]]:
    return [np.asarray(picture) for picture in case.pictures]


def _cases() -> list[Case]:
    both = _drawn(_road, _car(30, RED, 0.9), _mug(72, BLUE)), _drawn(_road, _car(30, BLUE, 0.9), _mug(72, RED))
    swapped = _drawn(_road, _car(72, RED, 0.9), _mug(28, RED)), _drawn(_road, _car(28, RED, 0.9), _mug(72, RED))
    one, three = _drawn(_road, _car(50, RED, 0.7)), _drawn(_road, *(_car(x, RED, 0.7) for x in (18, 50, 82)))
    far = _drawn(scenes.beach), _drawn(scenes.beach, _car(78, RED, 0.14, y=58))
    near = _drawn(_road), _drawn(_road, _car(50, RED, 1.5))
    return [
        Case("the place", ("a sunny beach", "a mountain at night"), (_drawn(scenes.beach), _drawn(scenes.mountain))),
        Case("the thing", ("an empty road", "a red car on a road"), near),
        Case("one colour", ("a red car", "a blue car"), (_drawn(_road, _car(50, RED)), _drawn(_road, _car(50, BLUE)))),
        Case("whose colour", ("a red car and a blue mug", "a blue car and a red mug"), both),
        Case("how many", ("one car on a road", "three cars on a road"), (one, three)),
        Case("where", ("a mug to the left of a car", "a mug to the right of a car"), swapped),
        Case("a small thing", ("an empty beach", "a red car on a beach"), far),
        Case("what is written", ("a sign that says open", "a sign that says closed"), (_sign("OPEN"), _sign("CLOSED"))),
    ]


def _drawn(*paints: Paint) -> Image.Image:
    canvas = Canvas(SIZE, seed=1)
    for paint in paints:
        paint(canvas)
    return canvas.picture()


def _road(canvas: Canvas) -> None:
    from drawing import FLAT, box

    canvas.background((90, 164, 232), (222, 238, 248))
    scenery.hills(canvas)
    canvas.fill(canvas.shape(box(0, 43, 100, 70)), (112, 112, 116), FLAT, to=(84, 84, 88))


def _car(x: float, colour: tuple[int, int, int], size: float = 1.2, *, y: float = 43) -> Paint:
    return lambda canvas: scenery.car(canvas, x, y, colour, size=size)


def _mug(x: float, colour: tuple[int, int, int]) -> Paint:
    def paint(canvas: Canvas) -> None:
        with canvas.seen(View(scale=0.34, move=(x - 50, 14.0))):
            products.mug(canvas, colour)

    return paint


def _sign(word: str) -> Image.Image:
    sign = Image.new("RGB", SIZE, (236, 232, 222))
    draw = ImageDraw.Draw(sign)
    draw.rounded_rectangle((52, 68, 332, 188), 14, fill=(180, 24, 30), outline="white", width=5)
    draw.text((192, 128), word, fill="white", font=ImageFont.load_default(56), anchor="mm")
    return sign


def _plot(cases: list[Case], cosines: list[Any], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, len(cases), figsize=(2.2 * len(cases), 4.1), constrained_layout=True)
    for column, (case, found) in enumerate(zip(cases, cosines, strict=True)):
        for row in (0, 1):
            axis, own, other = axes[row][column], found[row][row], found[row][1 - row]
            axis.imshow(case.pictures[row])
            axis.set_xticks([])
            axis.set_yticks([])
            colour = "darkgreen" if own > other else "firebrick"
            axis.set_xlabel(f"“{case.texts[row]}”\nthis {own:.3f}, the other {other:.3f}", fontsize=7.5, color=colour)
        axes[0][column].set_title(case.about, fontsize=10)
    figure.savefig(path, dpi=80)
    print(f"\n{path}")


if __name__ == "__main__":
    main()
