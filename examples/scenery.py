"""What the demo's drawn places are made of: hills, sea, clouds, trees, a car, a town."""

from __future__ import annotations

import math

import numpy as np
from drawing import FLAT, Canvas, Colour, Finish, Point, box, curve, ellipse
from products import BLACK, STEEL, WHITE, WOOD, darker

LEAF = Finish(form="soft", depth=1.0, grain=0.15)
BODY = Finish(form="soft", depth=1.0, shine=0.25)
SCATTER = 7
"""Seed of everything strewn over a scene, so that it stays where it is from frame to frame."""


def ridge(base: float, heights: list[float]) -> list[Point]:
    step = 104 / (len(heights) - 1)
    return [(-2, 101), *[(-2 + step * i, base - height) for i, height in enumerate(heights)], (102, 101)]


def hills(canvas: Canvas) -> None:
    for base, colour, wave in ((40, (120, 160, 110), 0.0), (47, (92, 148, 72), 1.9), (54, (70, 128, 52), 4.0)):
        line = [(x, base + 4 * math.sin(x / 14 + wave)) for x in range(-4, 108, 2)]
        canvas.fill(
            canvas.shape([(-4, 101), *line, (104, 101)]), colour, Finish(depth=0.5, grain=0.12), to=darker(colour, 0.3)
        )


def cloud(canvas: Canvas, x: float, y: float, size: float) -> None:
    for dx, dy, radius in ((-6, 1, 4), (0, -1, 5.5), (6, 0.5, 4.5), (11, 2, 3)):
        puff = canvas.shape(ellipse((x + dx * size, y + dy * size), radius * size, radius * size * 0.75))
        canvas.glow(puff, (255, 255, 255), blur=1.0, strength=0.75)


def stars(canvas: Canvas, below: float) -> None:
    sky = np.random.default_rng(SCATTER).uniform((0, 0, 0.12), (100, below, 0.44), (70, 3))
    canvas.fill(canvas.lines([[(x, y)] for x, y, _ in sky], [size for _, _, size in sky]), (255, 252, 235), FLAT)


def fir(canvas: Canvas, foot: Point, height: float, snow: bool) -> None:
    x, y = foot
    canvas.fill(canvas.shape(box(x - height * 0.04, y - height * 0.15, x + height * 0.04, y)), (70, 50, 36))
    for part in range(3):
        top, wide = y - height * (0.55 + 0.22 * part), height * (0.30 - 0.07 * part)
        tier = [(x, top - height * 0.2), (x + wide, top + height * 0.2), (x - wide, top + height * 0.2)]
        canvas.fill(canvas.shape(tier), (30, 74, 48), LEAF)
        if snow:
            white = [
                (x, top - height * 0.2),
                (x + wide * 0.6, top + height * 0.03),
                (x, top),
                (x - wide * 0.6, top + height * 0.03),
            ]
            canvas.fill(canvas.shape(white), (238, 244, 250), FLAT)


def car(canvas: Canvas, x: float, y: float, colour: Colour, *, size: float = 1.0) -> None:
    """A car that drives to the right; `(x, y)` is the middle of its waist, 20 times `size` from its bumpers."""

    def at(*points: Point) -> list[Point]:
        return [(x + size * px, y + size * py) for px, py in points]

    canvas.shadow(canvas.shape(ellipse((x, y + 12 * size), 21 * size, 2.2 * size)), blur=1.5, strength=0.6)
    roof = curve(at((-17, 0.5), (-12, -4.6), (-6, -8), (4, -8), (10, -4), (13, 0.5), (0, 1.5)))
    canvas.fill(canvas.shape(roof), darker(colour, 0.08), BODY)
    rear = ((-12.5, -0.2), (-10, -3.8), (-6, -6.6), (-1.6, -6.7), (-1.6, -0.2))
    for glass in (rear, ((0, -0.2), (0, -6.7), (3.8, -6.6), (10, -0.2))):
        canvas.fill(canvas.shape(at(*glass)), (44, 56, 70), FLAT, to=(140, 166, 188))
    body = ((-20, 1.5), (-17, -0.5), (-8, -0.8), (10, -0.6), (17, 1), (20.5, 4), (20, 8.2), (0, 8.8), (-20, 8.2))
    canvas.fill(canvas.shape(curve(at(*body))), colour, BODY)
    for seam in (((-2, 0), (-2.5, 7)), ((9, 0.4), (8, 7))):
        canvas.fill(canvas.line(at(*seam), 0.25 * size), darker(colour, 0.45), FLAT)
    canvas.fill(canvas.line(at((-6.5, 1.6), (-4, 1.6)), 0.5 * size), STEEL, FLAT)
    canvas.fill(canvas.shape(ellipse(at((18.6, 3.4))[0], 1.5 * size, 1.1 * size)), (255, 246, 200), FLAT)
    canvas.fill(canvas.shape(ellipse(at((-19.4, 3.2))[0], 0.9 * size, 1.2 * size)), (220, 40, 40), FLAT)
    for wheel in at((-12, 8), (12, 8)):
        canvas.fill(canvas.shape(ellipse(wheel, 4.6 * size, 4.6 * size)), BLACK, BODY)
        canvas.fill(canvas.shape(ellipse(wheel, 2.9 * size, 2.9 * size)), STEEL, BODY)
        canvas.fill(canvas.shape(ellipse(wheel, 0.9 * size, 0.9 * size)), BLACK, BODY)


def sea(canvas: Canvas, top: float, colour: Colour) -> None:
    canvas.fill(canvas.shape(box(0, top, 100, 101)), colour, FLAT, to=darker(colour, 0.35))


def waves(canvas: Canvas, top: float, t: float) -> None:
    """White crests, nearer ones longer and faster."""
    lines, widths = [], []
    for x, depth, length in np.random.default_rng(SCATTER).uniform((0, 0, 2), (110, 1, 9), (60, 3)):
        y = top + 1 + depth * (canvas.bottom - top)
        start = (x + 2.5 * t * (0.4 + depth)) % 116 - 8
        lines.append([(start + s * length / 4, y + 0.25 * math.sin(s * 1.6 + t * 3)) for s in range(5)])
        widths.append(0.25 + 0.3 * depth)
    canvas.fill(canvas.lines(lines, widths), (255, 250, 240), Finish(form="flat", opacity=0.35))


def parasol(canvas: Canvas, foot: Point, size: float) -> None:
    x, y = foot[0], foot[1] + 14
    canvas.shadow(canvas.shape(ellipse((x + size * 0.4, y), size * 0.8, 1.8)), blur=1.5, strength=0.4)
    canvas.fill(canvas.line([(x, y), (x, y - size * 1.6)], 0.8), WOOD, BODY)
    top, hem = y - size * 1.65, y - size * 0.95
    panels = [x + size * side for side in (-1, -0.66, -0.24, 0.24, 0.66, 1)]
    canvas.fill(canvas.shape(ellipse((x, hem), size, hem - top, start=180, stop=360)), (214, 48, 48), BODY)
    for left, right in ((panels[1], panels[2]), (panels[3], panels[4])):
        sides = [
            curve([(x, top), (x + (edge - x) * 0.75, top + (hem - top) * 0.3), (edge, hem)], closed=False)
            for edge in (left, right)
        ]
        canvas.fill(canvas.shape([*sides[0], *reversed(sides[1])]), WHITE, Finish(depth=0.4))


def towers(canvas: Canvas, lit: float) -> None:
    """Three rows of high buildings, the nearer the darker, a share of their windows lit."""
    random = np.random.default_rng(SCATTER)
    for layer, (colour, base) in enumerate((((120, 104, 140), 60.0), ((84, 76, 112), 63.0), ((44, 42, 66), 66.0))):
        x = -2.0
        while x < 100:
            wide, high = random.uniform(4, 9), random.uniform(12, 28) - 4 * layer + 16 * (abs(x - 45) < 14)
            canvas.fill(canvas.shape(box(x, base - high, x + wide, 101)), colour, FLAT, to=darker(colour, 0.3))
            if random.random() < 0.3:
                canvas.fill(
                    canvas.line([(x + wide / 2, base - high), (x + wide / 2, base - high - 6)], 0.3), colour, FLAT
                )
            rows, columns = np.arange(base - high + 1, base, 1.7), np.arange(x + 0.8, x + wide - 0.8, 1.3)
            shining = [box(c, r, c + 0.6, r + 0.8) for c in columns for r in rows if random.random() < lit]
            for window in shining:
                canvas.fill(canvas.shape(window), (255, 222, 140), Finish(form="flat", opacity=0.5 + 0.2 * layer))
            x += wide + random.uniform(0, 1.5)


def sunflower(canvas: Canvas, centre: Point, size: float) -> None:
    x, y = centre
    canvas.fill(canvas.line([(x, y), (x + 0.3 * size, y + size * 4)], size * 0.28), (64, 120, 44), FLAT)
    if size > 1.5:
        for side in (-1, 1):
            leaf = [(x, y + 2.6 * size), (x + side * size, y + 1.7 * size), (x + side * 2 * size, y + 2.3 * size)]
            canvas.fill(canvas.shape(curve([*leaf, (x + side * size, y + 2.9 * size)])), (70, 134, 46), LEAF)
    petals = []
    for step in range(64):
        reach, angle = size * (1.5 if step % 4 in (1, 2) else 0.9), step * math.pi / 32
        petals.append((x + reach * math.cos(angle), y + 0.93 * reach * math.sin(angle)))
    canvas.shadow(canvas.shape(petals), move=(0.2, 0.4), blur=0.5, strength=0.4)
    canvas.fill(canvas.shape(petals), (250, 200, 28), Finish(depth=0.8))
    canvas.fill(canvas.shape(ellipse(centre, size * 0.62, size * 0.58)), (92, 56, 24), Finish(form="ball", grain=0.3))
