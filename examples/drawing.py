"""A small drawing board for the demo's pictures: shapes in, softly lit pictures out.

Coordinates run from 0 to 100 along the width, `y` downwards. Shapes are drawn at twice the size and scaled down
at the end, which smooths their edges.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

Point: TypeAlias = tuple[float, float]
Colour: TypeAlias = tuple[int, int, int]
Form: TypeAlias = Literal["flat", "soft", "cylinder", "ball"]
Floats: TypeAlias = npt.NDArray[np.float32]

SUPERSAMPLING = 2
LIGHT = np.array([-0.45, -0.62, 0.64], dtype=np.float32)
"""Towards the lamp: from the upper left, in front of the picture."""
_BETWEEN = LIGHT + np.array([0, 0, 1], dtype=np.float32)
SHINE = (_BETWEEN / np.linalg.norm(_BETWEEN)).astype(np.float32)
"""Between the lamp and the eye: a surface that faces this way mirrors the lamp."""


@dataclass(frozen=True, slots=True)
class View:
    """How everything is placed on the canvas: mirrored, turned by degrees, scaled and moved about its centre."""

    mirrored: bool = False
    angle: float = 0.0
    scale: float = 1.0
    move: Point = (0.0, 0.0)

    def place(self, point: Point, centre: Point) -> Point:
        x, y = point[0] - centre[0], point[1] - centre[1]
        if self.mirrored:
            x = -x
        turn = math.radians(self.angle)
        x, y = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
        return centre[0] + self.scale * x + self.move[0], centre[1] + self.scale * y + self.move[1]


@dataclass(frozen=True, slots=True)
class Finish:
    """How a surface takes the light: its form, the depth of its shading, the shine on it, the grain of its cloth."""

    form: Form = "soft"
    depth: float = 1.0
    shine: float = 0.0
    grain: float = 0.0
    opacity: float = 1.0


FLAT, SOFT = Finish(form="flat"), Finish()


def ellipse(centre: Point, rx: float, ry: float, *, start: float = 0, stop: float = 360) -> list[Point]:
    """Points along an ellipse between two angles in degrees, clockwise from the right."""
    angles = np.radians(np.linspace(start, stop, 73))
    return [(centre[0] + rx * math.cos(a), centre[1] + ry * math.sin(a)) for a in angles]


def box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def curve(points: Sequence[Point], *, closed: bool = True) -> list[Point]:
    """A smooth line through all points (Catmull-Rom)."""
    p = np.array(points, dtype=np.float64)
    p = np.vstack([p[-1], p, p[0], p[1]]) if closed else np.vstack([p[0], p, p[-1]])
    t = np.linspace(0, 1, 12, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True):
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    line = np.vstack(pieces if closed else [*pieces, p[-2:-1]])
    return [(float(x), float(y)) for x, y in line]


def _rgb(colour: Colour) -> Floats:
    return np.asarray(colour, dtype=np.float32)


def _blur(values: Floats, radius: int) -> Floats:
    """Two passes of a box along both axes: near a Gaussian, and in floats, so that no bands appear."""
    for _ in range(2):
        for axis in (0, 1):
            padded = np.pad(values, [(radius + 1, radius) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
            sums = np.cumsum(padded, axis=axis, dtype=np.float64)
            size, window = values.shape[axis], 2 * radius + 1
            upper = np.take(sums, range(window, window + size), axis=axis)
            lower = np.take(sums, range(size), axis=axis)
            values = ((upper - lower) / window).astype(np.float32)
    return values


def _normals(inside: Floats, form: Form) -> Floats:
    """The direction every pixel of a surface faces: float32[h, w, 3], unit length."""
    height, width = inside.shape
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :].repeat(height, axis=0)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None].repeat(width, axis=1)
    if form == "soft":
        size = max(width, height)
        swell = 0.6 * _blur(inside, max(2, size // 12)) + 0.4 * _blur(inside, max(1, size // 40))
        ny, nx = np.gradient(swell * size * 0.11)
        nx, ny = -nx, -ny
        nz = np.ones_like(nx)
    else:
        nx, ny = 0.96 * x, (0.96 * y if form == "ball" else np.zeros_like(y))
        nz = np.sqrt(np.clip(1 - nx**2 - ny**2, 0.02, 1))
    normals = np.stack([nx, ny, nz], axis=-1)
    return np.asarray(normals / np.linalg.norm(normals, axis=-1, keepdims=True), dtype=np.float32)


class Canvas:
    """One picture in the making. `view` places every shape; `seed` fixes the grain."""

    def __init__(self, size: tuple[int, int], *, view: View | None = None, seed: int = 0) -> None:
        self.width, self.height = size[0] * SUPERSAMPLING, size[1] * SUPERSAMPLING
        self._unit = self.width / 100
        self.bottom = self.height / self._unit
        self._centre = (50.0, self.bottom / 2)
        self._view = view or View()
        self._random = np.random.default_rng(seed)
        self._pixels = np.zeros((self.height, self.width, 3), dtype=np.float32)

    @contextmanager
    def seen(self, view: View) -> Iterator[None]:
        """Place what is drawn meanwhile by another view."""
        held, self._view = self._view, view
        try:
            yield
        finally:
            self._view = held

    def _place(self, points: Sequence[Point]) -> list[Point]:
        placed = (self._view.place(point, self._centre) for point in points)
        return [(x * self._unit, y * self._unit) for x, y in placed]

    def shape(self, points: Sequence[Point], *, soften: float = 0) -> Image.Image:
        """The mask of a filled outline, its corners rounded by about `soften`."""
        mask = Image.new("L", (self.width, self.height))
        ImageDraw.Draw(mask).polygon(self._place(points), fill=255)
        if not soften:
            return mask
        blurred = mask.filter(ImageFilter.GaussianBlur(soften * self._unit * self._view.scale / 2))
        return blurred.point([max(0, min(255, (value - 128) * 6 + 128)) for value in range(256)])

    def line(self, points: Sequence[Point], width: float) -> Image.Image:
        """The mask of a line with round ends."""
        return self.lines([points], [width])

    def lines(self, lines: Sequence[Sequence[Point]], widths: Sequence[float]) -> Image.Image:
        """The mask of many lines with round ends. A line of one point is a dot."""
        mask = Image.new("L", (self.width, self.height))
        draw = ImageDraw.Draw(mask)
        for points, width in zip(lines, widths, strict=True):
            placed, thick = self._place(points), max(1.0, width * self._unit * self._view.scale)
            draw.line(placed, fill=255, width=round(thick))
            for x, y in placed:  # discs at every corner: Pillow's own joints leave notches in tight curves
                draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=255)
        return mask

    def background(self, top: Colour, bottom: Colour) -> None:
        """Cover everything with a soft fall of colour."""
        fall = np.linspace(0, 1, self.height, dtype=np.float32)[:, None, None]
        self._pixels[:] = (1 - fall) * _rgb(top) + fall * _rgb(bottom)

    def fill(self, mask: Image.Image, colour: Colour, finish: Finish = SOFT, *, to: Colour | None = None) -> None:
        """Paint a mask in one colour, or from one at its top `to` another at its bottom."""
        frame = mask.getbbox()
        if frame is None:
            return
        left, top, right, bottom = frame
        inside: Floats = np.asarray(mask.crop(frame), dtype=np.float32) / np.float32(255)
        fall = np.linspace(0, 1, bottom - top, dtype=np.float32)[:, None, None]
        base: Floats = (1 - fall) * _rgb(colour) + fall * _rgb(to or colour)
        painted = self._lit(base, inside, finish)
        cover = (inside * finish.opacity)[:, :, None]
        part = self._pixels[top:bottom, left:right]
        part += cover * (painted - part)

    def _lit(self, base: Floats, inside: Floats, finish: Finish) -> Floats:
        painted = np.broadcast_to(base, (*inside.shape, 3)).copy()
        if finish.form != "flat" and min(inside.shape) > 1:  # a sliver at the edge has no form
            normals = _normals(inside, finish.form)
            painted *= (1 + 0.62 * finish.depth * (normals @ LIGHT - LIGHT[2] - 0.03))[:, :, None]
            painted += 255 * finish.shine * np.clip(normals @ SHINE, 0, 1)[:, :, None] ** 40
        if finish.grain:
            noise = self._random.standard_normal(inside.shape, dtype=np.float32)
            painted *= 1 + finish.grain * _blur(noise, 1)[:, :, None]
        return painted

    def shadow(self, mask: Image.Image, *, move: Point = (2.0, 2.5), blur: float = 3.0, strength: float = 0.35) -> None:
        """Darken what lies behind a shape, before the shape itself is painted."""
        cast = Image.new("L", mask.size)
        cast.paste(mask, (round(move[0] * self._unit), round(move[1] * self._unit)))
        dark = np.asarray(cast.filter(ImageFilter.GaussianBlur(blur * self._unit)), dtype=np.float32) / 255
        self._pixels *= 1 - strength * dark[:, :, None]

    def glow(self, mask: Image.Image, colour: Colour, *, blur: float, strength: float = 1.0) -> None:
        """Let a shape shine: add its blurred light."""
        light = np.asarray(mask.filter(ImageFilter.GaussianBlur(blur * self._unit)), dtype=np.float32) / 255
        self._pixels += strength * light[:, :, None] * (_rgb(colour) - self._pixels)

    def keep(self) -> Floats:
        """What is painted so far, for `restore`: a backdrop need not be painted again for every frame."""
        return self._pixels.copy()

    def restore(self, kept: Floats) -> None:
        self._pixels[:] = kept

    def picture(self, *, grain: float = 1.5) -> Image.Image:
        """The finished picture, with the fine grain of a photo."""
        full = Image.fromarray(np.clip(self._pixels, 0, 255).astype(np.uint8))
        small = np.asarray(full.reduce(SUPERSAMPLING), dtype=np.float32)
        noise = grain * self._random.standard_normal(small.shape[:2], dtype=np.float32)[:, :, None]
        return Image.fromarray(np.clip(small + noise, 0, 255).astype(np.uint8))
