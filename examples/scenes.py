"""The archive's 'photos': drawn places."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from drawing import FLAT, Canvas, Finish, box, ellipse
from PIL import Image
from scenery import SCATTER, car, cloud, fir, hills, parasol, ridge, sea, stars, sunflower, towers, waves

PHOTO_SIZE = (768, 512)


def beach(canvas: Canvas) -> None:
    canvas.background((70, 150, 228), (206, 234, 250))
    cloud(canvas, 22, 9, 1.0)
    cloud(canvas, 74, 13, 0.8)
    sea(canvas, 25, (24, 120, 176))
    canvas.glow(canvas.shape(box(0, 38, 100, 50)), (110, 214, 214), blur=4, strength=0.7)
    waves(canvas, 25, 0.0)
    for edge, colour in ((43.0, (255, 255, 255)), (44.2, (196, 170, 126)), (46.5, (238, 214, 164))):
        shore = [(x, edge + 1.3 * math.sin(x / 11) + 0.5 * math.sin(x / 4)) for x in range(-2, 103, 2)]
        finish = Finish(form="flat", grain=0.12 if edge > 44 else 0.0)
        canvas.fill(canvas.shape([(-2, 101), *shore, (102, 101)]), colour, finish)
    canvas.fill(canvas.shape([(54, 57), (80, 57), (84, 61), (50, 61)]), (60, 130, 190), Finish(grain=0.1))
    parasol(canvas, (38, 42), 15)


def mountain(canvas: Canvas) -> None:
    canvas.background((10, 16, 44), (48, 62, 110))
    stars(canvas, 40)
    moon = canvas.shape(ellipse((76, 13), 5.5, 5.5))
    canvas.glow(moon, (230, 232, 210), blur=4, strength=0.6)
    canvas.fill(moon, (246, 243, 220), Finish(depth=0.3, grain=0.08))
    peaks = ridge(62, [10, 22, 16, 40, 24, 48, 30, 20, 34, 14, 18])
    canvas.fill(canvas.shape(peaks), (62, 72, 104), Finish(depth=1.0, grain=0.15), to=(34, 40, 64))
    for x, y, size in ((29.2, 22, 5), (50, 14, 7), (81.2, 28, 4)):
        cap = [(x, y), (x + size * 0.75, y + size * 1.1), (x + size * 0.3, y + size * 0.85), (x, y + size * 1.4)]
        cap += [(x - size * 0.35, y + size * 0.9), (x - size * 0.8, y + size * 1.3)]
        canvas.fill(canvas.shape(cap), (226, 232, 246), Finish(depth=0.6))
    canvas.fill(canvas.shape(ridge(62, [4, 7, 5, 8, 4, 6, 9, 5, 7])), (18, 26, 40), FLAT)
    for x in range(2, 100, 7):
        fir(canvas, (x + (x * 13) % 5, 66), 9 + (x * 7) % 5, snow=False)


def road(canvas: Canvas) -> None:
    canvas.background((90, 164, 232), (222, 238, 248))
    cloud(canvas, 18, 8, 1.0)
    cloud(canvas, 66, 12, 0.9)
    hills(canvas)
    for x in range(-2, 104, 6):
        fir(canvas, (x + (x * 11) % 4, 44), 7 + (x * 7) % 5, snow=False)
    canvas.fill(canvas.shape(box(0, 43, 100, 66)), (112, 112, 116), Finish(form="flat", grain=0.14), to=(84, 84, 88))
    canvas.fill(canvas.shape(box(0, 43, 100, 44)), (214, 210, 196), Finish(form="flat", grain=0.1))
    for x in range(-6, 104, 18):
        canvas.fill(canvas.shape([(x, 60), (x + 8, 60), (x + 7, 61.4), (x - 1, 61.4)]), (240, 238, 226), FLAT)
    car(canvas, 50, 41, (206, 32, 36), size=1.5)


def skyline(canvas: Canvas) -> None:
    canvas.background((70, 60, 120), (255, 168, 110))
    sun = canvas.shape(ellipse((72, 34), 6, 6))
    canvas.glow(sun, (255, 214, 150), blur=6, strength=0.6)
    canvas.fill(sun, (255, 226, 170), FLAT)
    towers(canvas, lit=0.16)


def sunflowers(canvas: Canvas) -> None:
    canvas.background((84, 160, 230), (210, 234, 248))
    cloud(canvas, 30, 10, 1.1)
    cloud(canvas, 78, 13, 0.8)
    hills(canvas)
    canvas.fill(canvas.shape(box(0, 42, 100, 101)), (78, 126, 46), Finish(form="flat", grain=0.25), to=(40, 84, 30))
    random = np.random.default_rng(SCATTER)
    for row in range(9):
        y, size = 42 + 0.9 * row + 0.24 * row * row, 0.45 + 0.16 * row + 0.06 * row * row
        for x in np.arange(-3, 104, size * 3.4):
            dx, dy = random.uniform(-0.9, 0.9, 2) * size
            sunflower(canvas, (x + dx, y + dy), size * random.uniform(0.8, 1.2))


PHOTOS: dict[str, Callable[[Canvas], None]] = {
    "beach-with-parasol": beach,
    "mountain-at-night": mountain,
    "red-car-on-the-road": road,
    "city-skyline-at-sunset": skyline,
    "field-of-sunflowers": sunflowers,
}


def photo(name: str) -> Image.Image:
    """The photo of that name in `PHOTOS`, 768 × 512 pixels."""
    canvas = Canvas(PHOTO_SIZE, seed=SCATTER)
    PHOTOS[name](canvas)
    return canvas.picture()
