"""The shots of the film: a backdrop, painted once, and what moves in front of it, by the time in seconds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from drawing import FLAT, Canvas, Finish, box, curve, ellipse
from PIL import Image
from products import WHITE, WOOD
from scenery import BODY, SCATTER, car, cloud, fir, hills, sea, stars, towers, waves

GOLD, WICKER, ROPE = (250, 214, 90), (140, 92, 50), (80, 60, 40)
FRAME_SIZE = (480, 270)


@dataclass(frozen=True, slots=True)
class Shot:
    """`narration` is the name of its recording in `media/film/`."""

    narration: str
    backdrop: Callable[[Canvas], None]
    action: Callable[[Canvas, float], None]

    def frames(self, seconds: float, rate: int) -> Iterator[Image.Image]:
        """The shot's pictures, 480 × 270, `rate` a second."""
        canvas = Canvas(FRAME_SIZE, seed=SCATTER)
        self.backdrop(canvas)
        kept = canvas.keep()
        for number in range(round(seconds * rate)):
            canvas.restore(kept)
            self.action(canvas, number / rate)
            yield canvas.picture()


def _evening_sea(canvas: Canvas) -> None:
    canvas.background((222, 104, 84), (255, 206, 140))
    sun = canvas.shape(ellipse((70, 25), 6, 6))
    canvas.glow(sun, (255, 236, 180), blur=5, strength=0.7)
    canvas.fill(sun, (255, 240, 190), FLAT)
    sea(canvas, 33, (120, 92, 120))


def _boat(canvas: Canvas, t: float) -> None:
    waves(canvas, 33, t)
    x, y = 22 + 6 * t, 41 + 0.5 * math.sin(2.2 * t)
    canvas.shadow(canvas.shape(ellipse((x, y + 4.5), 12, 1.4)), blur=1.2, strength=0.6)
    canvas.fill(canvas.line([(x, y), (x, y - 25)], 0.7), WOOD, FLAT)
    main_sail = curve([(x + 0.8, y - 24), (x + 9, y - 8), (x + 11, y - 3), (x + 0.8, y - 2.5)])
    fore_sail = [(x - 0.8, y - 21), (x - 9, y - 3), (x - 0.8, y - 2.5)]
    hull = curve([(x - 12, y - 1), (x, y - 0.4), (x + 13, y - 2), (x + 9, y + 4), (x - 8, y + 4)])
    canvas.fill(canvas.shape(main_sail), WHITE, BODY)
    canvas.fill(canvas.shape(fore_sail, soften=0.5), (240, 226, 204), BODY)
    canvas.fill(canvas.shape(hull), (92, 44, 30), BODY)


def _morning_hills(canvas: Canvas) -> None:
    canvas.background((120, 186, 238), (232, 240, 240))
    cloud(canvas, 16, 9, 0.9)
    cloud(canvas, 80, 15, 1.0)
    hills(canvas)


def _balloon(canvas: Canvas, t: float) -> None:
    x, y = 42 + 1.6 * t, 31 - 1.6 * t
    for side in (-1, 1):
        canvas.fill(canvas.line([(x + 5.5 * side, y + 9), (x + 2 * side, y + 17)], 0.3), ROPE, FLAT)
    half = [(3.4, 13), (9, 8), (14, 0), (11, -10)]
    envelope = [(x + dx, y + dy) for dx, dy in [(0, -15), *reversed(half), *((-dx, dy) for dx, dy in half)]]
    canvas.fill(canvas.shape(curve(envelope)), (208, 36, 40), Finish(form="ball", shine=0.15))
    for reach in (-9.5, -4.5, 4.5, 9.5):
        seam = [(x, y - 15), (x + reach, y - 8), (x + reach * 1.2, y), (x + math.copysign(2, reach), y + 13)]
        canvas.fill(canvas.line(curve(seam, closed=False), 0.5), GOLD, Finish(form="flat", opacity=0.8))
    canvas.fill(canvas.shape(box(x - 3, y + 16, x + 3, y + 20.5), soften=0.6), WICKER, Finish(grain=0.15))


def _street_at_night(canvas: Canvas) -> None:
    canvas.background((8, 10, 30), (50, 44, 88))
    stars(canvas, 22)
    towers(canvas, lit=0.55)
    canvas.fill(canvas.shape(box(0, 43, 100, 101)), (40, 40, 48), Finish(form="flat", grain=0.08), to=(26, 26, 32))
    for x in range(-6, 104, 16):
        canvas.fill(canvas.shape([(x, 53), (x + 8, 53), (x + 7, 54), (x - 1, 54)]), (200, 198, 180), FLAT)


def _taxi(canvas: Canvas, t: float) -> None:
    x = 10 + 14 * t
    beam = canvas.shape([(x + 20, 43), (x + 46, 39), (x + 46, 52), (x + 20, 45)])
    canvas.glow(beam, (255, 240, 170), blur=1.5, strength=0.45)
    car(canvas, x, 39.5, (244, 196, 28))


def _house_in_winter(canvas: Canvas) -> None:
    canvas.background((150, 170, 196), (224, 230, 238))
    for x, height in ((5, 20), (15, 26), (26, 19), (72, 22), (82, 28), (94, 21)):
        fir(canvas, (x, 40), height, snow=True)
    ground = [(-2, 101), (-2, 40), (30, 37), (60, 39), (102, 36), (102, 101)]
    canvas.fill(canvas.shape(ground), (244, 247, 252), FLAT, to=(206, 216, 232))
    canvas.fill(canvas.shape(box(57, 15, 61, 24)), (120, 60, 48), FLAT)
    canvas.fill(canvas.shape(box(36, 28, 64, 45)), (132, 78, 48), Finish(depth=0.6, grain=0.12), to=(104, 60, 38))
    canvas.fill(canvas.shape([(31, 29), (50, 13), (69, 29)], soften=0.8), (240, 244, 250), BODY)
    canvas.fill(canvas.shape(box(47, 34, 53, 45)), (70, 40, 26), FLAT)
    for x in (40, 56):
        canvas.glow(canvas.shape(box(x, 33, x + 5, 38)), (255, 210, 110), blur=1.6, strength=0.8)
        canvas.fill(canvas.shape(box(x, 33, x + 5, 38)), (255, 222, 130), FLAT)


def _snowfall(canvas: Canvas, t: float) -> None:
    flakes = np.random.default_rng(SCATTER).uniform((0, 0, 0.3), (100, 58, 1.0), (150, 3))
    places = [[((x + 1.2 * math.sin(t + y)) % 100, (y + t * (6 + 7 * size)) % 58)] for x, y, size in flakes]
    canvas.fill(canvas.lines(places, flakes[:, 2].tolist()), WHITE, Finish(form="flat", opacity=0.9))


SHOTS = (
    Shot("1-boat", _evening_sea, _boat),
    Shot("2-balloon", _morning_hills, _balloon),
    Shot("3-city", _street_at_night, _taxi),
    Shot("4-winter", _house_in_winter, _snowfall),
)
