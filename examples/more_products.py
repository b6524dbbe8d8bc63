"""More of the shop's goods, drawn: bottles, caps, fruit and what lies near the till."""

from __future__ import annotations

from drawing import FLAT, Canvas, Colour, Finish, box, curve, ellipse
from products import BALL, BASIC, BLACK, CLOTH, METAL, SHEEN, STEEL, WHITE, WOOD, Draw, darker, lighter


def wine_bottle(canvas: Canvas, colour: Colour) -> None:
    canvas.shadow(canvas.shape(ellipse((50, 91), 16, 3)), blur=2, strength=0.6)
    neck = [(45.5, 8), (54.5, 8), (54.5, 30), (64, 43), (64, 89), (61, 92), (39, 92), (36, 89), (36, 43), (45.5, 30)]
    glass = canvas.shape(neck, soften=4)
    canvas.shadow(glass)
    canvas.fill(glass, colour, Finish(form="cylinder", depth=1.2, shine=0.6), to=darker(colour, 0.35))
    canvas.fill(canvas.shape(box(45, 6, 55, 22), soften=1), (120, 24, 34), METAL)
    canvas.fill(canvas.shape(box(36.2, 54, 63.8, 78)), (240, 232, 212), Finish(form="cylinder", depth=0.8))
    for y, half in ((60, 8), (65, 10), (69, 7)):
        canvas.fill(canvas.line([(50 - half, y), (50 + half, y)], 1.1), (120, 90, 60), FLAT)


def water_bottle(canvas: Canvas, colour: Colour) -> None:
    canvas.shadow(canvas.shape(ellipse((50, 91), 17, 3)), blur=2, strength=0.6)
    body = canvas.shape([(34, 30), (38, 24), (62, 24), (66, 30), (66, 90), (63, 92), (37, 92), (34, 90)], soften=4)
    canvas.shadow(body)
    canvas.fill(body, colour, Finish(form="cylinder", depth=1.0, shine=0.5))
    canvas.fill(canvas.shape(box(40, 11, 60, 25), soften=2), BLACK, METAL)
    canvas.fill(canvas.line(ellipse((50, 11), 7, 6, start=180, stop=360), 2.6), BLACK, SHEEN)
    canvas.fill(canvas.shape(box(34, 82, 66, 84)), STEEL, METAL)


def cap(canvas: Canvas, colour: Colour) -> None:
    brim = canvas.shape(curve([(44, 60), (64, 57), (84, 60), (96, 69), (90, 75), (70, 71), (48, 72)]))
    crown = canvas.shape(
        curve([(11, 66), (12, 46), (24, 30), (42, 24), (60, 29), (71, 44), (73, 62), (52, 67), (30, 71)])
    )
    canvas.shadow(brim, move=(0, 3), strength=0.5)
    canvas.shadow(crown)
    canvas.fill(crown, colour, CLOTH)
    for seam in ([(42, 24), (31, 44), (30, 70)], [(42, 24), (58, 42), (60, 64)]):
        canvas.fill(canvas.line(curve(seam, closed=False), 0.8), darker(colour, 0.4), FLAT)
    canvas.fill(brim, darker(colour, 0.12), CLOTH)
    canvas.fill(canvas.line(curve([(50, 69), (70, 68), (90, 72)], closed=False), 0.6), lighter(colour, 0.3), FLAT)
    canvas.fill(canvas.shape(ellipse((42, 23.5), 3, 2)), darker(colour, 0.2), BALL)


def apple(canvas: Canvas, colour: Colour) -> None:
    canvas.shadow(canvas.shape(ellipse((51, 84), 27, 4.5)), blur=3, strength=0.6)
    outline = [
        (50, 30),
        (62, 24),
        (77, 29),
        (84, 45),
        (80, 65),
        (68, 82),
        (56, 86),
        (50, 84),
        (44, 86),
        (32, 82),
        (20, 65),
    ]
    canvas.fill(canvas.shape(curve([*outline, (16, 45), (23, 29), (38, 24)])), colour, BALL)
    canvas.fill(canvas.shape(ellipse((50, 31), 10, 4)), darker(colour, 0.5), Finish(form="flat", opacity=0.6))
    canvas.fill(canvas.line(curve([(50, 32), (51, 22), (56, 13)], closed=False), 2.6), (88, 60, 36), SHEEN)
    canvas.fill(canvas.shape(curve([(54, 20), (63, 11), (77, 12), (70, 21), (60, 24)])), (84, 148, 52), SHEEN)


def orange(canvas: Canvas, colour: Colour) -> None:
    canvas.shadow(canvas.shape(ellipse((51, 84), 27, 4.5)), blur=3, strength=0.6)
    canvas.fill(canvas.shape(ellipse((50, 53), 34, 33)), colour, Finish(form="ball", shine=0.3, grain=0.22))
    canvas.fill(canvas.shape(ellipse((53, 25), 3, 2)), (92, 120, 48), BALL)


def banana(canvas: Canvas, colour: Colour) -> None:
    for dx, dy, shade in ((6, -8, 0.12), (0, 0, 0.0)):
        outline = [
            (18, 24),
            (24, 22),
            (29, 40),
            (44, 58),
            (64, 66),
            (86, 62),
            (90, 67),
            (70, 80),
            (46, 79),
            (27, 64),
            (17, 42),
        ]
        mask = canvas.shape(curve([(x + dx, y + dy) for x, y in outline]))
        canvas.shadow(mask)
        canvas.fill(mask, darker(colour, shade), Finish(form="soft", depth=1.25, shine=0.1, grain=0.03))
        ridge = curve([(x + dx, y + dy) for x, y in ((21, 25), (25, 46), (42, 66), (66, 74), (88, 65))], closed=False)
        canvas.fill(canvas.line(ridge, 0.9), darker(colour, 0.3), Finish(form="flat", opacity=0.5))
        canvas.fill(canvas.line([(88 + dx, 65 + dy), (91 + dx, 64 + dy)], 3), (70, 54, 30), SHEEN)
    canvas.fill(canvas.line([(20, 23), (22, 12), (30, 14)], 4.5), (140, 128, 48), SHEEN)


def umbrella(canvas: Canvas, colour: Colour) -> None:
    stick = canvas.line([(50, 12), (50, 84), *ellipse((43.5, 84), 6.5, 7, start=0, stop=170)], 2.4)
    canvas.shadow(stick)
    canvas.fill(stick, WOOD, SHEEN)
    scallops = [ellipse((50 - 31.5 + 21 * i, 52), 10.5, 5, start=180, stop=360) for i in range(4)]
    dome = ellipse((50, 52), 42, 40, start=180, stop=360)
    hem = [point for scallop in reversed(scallops) for point in reversed(scallop)]
    roof = canvas.shape([*dome, *hem])
    canvas.shadow(roof)
    canvas.fill(roof, colour, Finish(form="soft", depth=1.2, shine=0.08))
    for x in (29, 50, 71):
        rib = curve([(50, 12), ((50 + x) / 2 + (x - 50) * 0.24, 28), (x, 49)], closed=False)
        canvas.fill(canvas.line(rib, 0.8), darker(colour, 0.35), FLAT)
    canvas.fill(canvas.line([(50, 12), (50, 7)], 1.6), STEEL, SHEEN)


def sunglasses(canvas: Canvas, colour: Colour) -> None:
    for side in (-1, 1):
        temple = canvas.line(
            curve([(50 + 40 * side, 42), (50 + 45 * side, 32), (50 + 41 * side, 26)], closed=False), 2.4
        )
        canvas.shadow(temple)
        canvas.fill(temple, colour, SHEEN)
        x = 50 + 22 * side
        rim = [(x - 18 * side, 40), (x + 18 * side, 38), (x + 17 * side, 55), (x + 6 * side, 65), (x - 9 * side, 63)]
        frame = canvas.shape(curve([*rim, (x - 17 * side, 52)]))
        canvas.shadow(frame)
        canvas.fill(frame, colour, SHEEN)
        inner = [(x + 0.82 * (px - x), 51 + 0.82 * (py - 51)) for px, py in [*rim, (x - 17 * side, 52)]]
        canvas.fill(canvas.shape(curve(inner)), (26, 28, 34), Finish(depth=0.5, shine=0.1), to=(92, 88, 96))
        glint = canvas.line([(x - 8, 45), (x - 13, 54)], 2)
        canvas.fill(glint, WHITE, Finish(form="flat", opacity=0.35))
    canvas.fill(canvas.line(ellipse((50, 45), 6, 5, start=200, stop=340), 2.6), colour, SHEEN)


def teapot(canvas: Canvas, colour: Colour) -> None:
    canvas.shadow(canvas.shape(ellipse((48, 82), 28, 4)), blur=2.5, strength=0.6)
    handle = canvas.line(ellipse((23, 54), 14, 15, start=80, stop=290), 4.5)
    canvas.shadow(handle)
    canvas.fill(handle, darker(colour, 0.1), SHEEN)
    spout = canvas.shape(curve([(66, 66), (79, 58), (84, 40), (92, 36), (93, 40), (88, 48), (84, 66), (70, 78)]))
    canvas.shadow(spout)
    canvas.fill(spout, darker(colour, 0.05), SHEEN)
    canvas.fill(
        canvas.shape(curve([(28, 40), (48, 36), (68, 40), (76, 57), (66, 80), (48, 83), (30, 80), (20, 57)])),
        colour,
        BALL,
    )
    canvas.fill(canvas.shape(ellipse((48, 39), 17, 6)), darker(colour, 0.06), BALL)
    canvas.fill(canvas.shape(ellipse((48, 29), 4.5, 4.5)), darker(colour, 0.1), BALL)


def chair(canvas: Canvas, colour: Colour) -> None:
    for x, y in ((33, 62), (67, 62), (27, 68), (73, 68)):
        leg = canvas.line([(x, y), (x + (x - 50) * 0.12, 94 if y > 65 else 86)], 3.2)
        canvas.shadow(leg, strength=0.25)
        canvas.fill(leg, darker(colour, 0.15 if y > 65 else 0.35), SHEEN)
    for x in (33, 67):
        canvas.fill(canvas.line([(x, 62), (x - (50 - x) * 0.05, 10)], 3.4), colour, SHEEN)
    for y in (14, 26, 38):
        slat = canvas.shape(box(32, y, 68, y + 6), soften=1)
        canvas.shadow(slat, strength=0.25)
        canvas.fill(slat, colour, Finish(form="soft", depth=0.9, shine=0.1, grain=0.05))
    seat = canvas.shape([(31, 58), (69, 58), (77, 69), (23, 69)], soften=2)
    canvas.shadow(seat, move=(0, 3))
    canvas.fill(seat, lighter(colour, 0.1), Finish(form="soft", depth=0.9, shine=0.1, grain=0.05))


GOODS: dict[str, Draw] = BASIC | {
    "wine_bottle": wine_bottle,
    "water_bottle": water_bottle,
    "cap": cap,
    "apple": apple,
    "orange": orange,
    "banana": banana,
    "umbrella": umbrella,
    "sunglasses": sunglasses,
    "teapot": teapot,
    "chair": chair,
}
