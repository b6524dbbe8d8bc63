"""The shop's goods, drawn: one function a thing, taking the canvas and its colour."""

from __future__ import annotations

from collections.abc import Callable

from drawing import FLAT, Canvas, Colour, Finish, box, curve, ellipse

CLOTH = Finish(form="soft", depth=1.0, grain=0.10)
LEATHER = Finish(form="soft", depth=1.2, shine=0.10, grain=0.05)
GLAZED = Finish(form="cylinder", depth=0.85, shine=0.30)
METAL = Finish(form="cylinder", depth=1.1, shine=0.45)
BALL = Finish(form="ball", depth=1.0, shine=0.35)
SHEEN = Finish(form="soft", depth=0.9, shine=0.25)
BLACK, WHITE, STEEL, WOOD = (38, 38, 42), (244, 243, 240), (176, 180, 186), (150, 104, 62)
Draw = Callable[[Canvas, Colour], None]


def darker(colour: Colour, share: float) -> Colour:
    return tuple(round(value * (1 - share)) for value in colour)  # type: ignore[return-value]


def lighter(colour: Colour, share: float) -> Colour:
    return tuple(round(value + (255 - value) * share) for value in colour)  # type: ignore[return-value]


def _shirt(canvas: Canvas, colour: Colour, stripes: Colour | None = None) -> None:
    sleeves = ([(31, 17), (6, 34), (15, 49), (32, 38)], [(69, 17), (94, 34), (85, 49), (68, 38)])
    body = [(31, 17), (40, 13), *ellipse((50, 13), 10, 10, start=180, stop=0), (60, 13), (69, 17)]
    body += [(72, 40), (73, 87), (50, 89), (27, 87), (28, 40)]
    masks = [canvas.shape(sleeve, soften=1.5) for sleeve in sleeves]
    trunk = canvas.shape(body, soften=1)
    for mask in (*masks, trunk):
        canvas.shadow(mask)
    for mask in masks:
        canvas.fill(mask, darker(colour, 0.06), CLOTH)
    inside = ellipse((50, 13), 10, 2.5, start=0, stop=180) + ellipse((50, 13), 10, 10, start=180, stop=0)
    canvas.fill(canvas.shape(inside), darker(colour, 0.4), FLAT)
    canvas.fill(trunk, colour, CLOTH)
    if stripes:
        for y in range(33, 84, 10):
            canvas.fill(
                canvas.shape(box(28 - y / 90, y, 72 + y / 90, y + 4)),
                stripes,
                Finish(form="flat", grain=0.05, opacity=0.92),
            )
    canvas.fill(canvas.line(ellipse((50, 13), 10.5, 10.5, start=172, stop=8), 1.8), darker(colour, 0.22), FLAT)
    for fold in ([(36, 40), (39, 58), (37, 80)], [(64, 42), (61, 62), (63, 82)], [(47, 60), (49, 72), (46, 85)]):
        canvas.fill(canvas.line(curve(fold, closed=False), 1.2), darker(colour, 0.5), Finish(form="flat", opacity=0.16))


def shirt(canvas: Canvas, colour: Colour) -> None:
    _shirt(canvas, colour)


def striped_shirt(canvas: Canvas, colour: Colour) -> None:
    _shirt(canvas, WHITE, stripes=colour)


def mug(canvas: Canvas, colour: Colour) -> None:
    handle = canvas.line(ellipse((66, 53), 17, 15, start=-80, stop=80), 6)
    cup = canvas.shape([(26, 30), (68, 30), (67, 74), (63, 80), (31, 80), (27, 74)], soften=2)
    canvas.shadow(canvas.shape(ellipse((49, 80), 27, 4)), blur=2.5, strength=0.55)
    canvas.shadow(handle)
    canvas.fill(handle, darker(colour, 0.08), SHEEN)
    canvas.fill(cup, colour, GLAZED)
    canvas.fill(canvas.shape(ellipse((47, 30), 21, 5)), lighter(colour, 0.3), FLAT)
    canvas.fill(canvas.shape(ellipse((47, 30.5), 19, 4)), darker(colour, 0.42), FLAT)
    canvas.fill(canvas.shape(ellipse((47, 32), 17, 2.8)), (62, 36, 22), FLAT)


def tote(canvas: Canvas, colour: Colour) -> None:
    for x in (0, 1.5):
        loop = canvas.line([(36 + x, 42), *ellipse((50, 24), 13.5, 14, start=180, stop=360), (64 - x, 42)], 3)
        canvas.shadow(loop)
        canvas.fill(loop, darker(colour, 0.25 - x / 10), CLOTH)
    bag = canvas.shape([(23, 38), (77, 38), (80, 86), (20, 86)], soften=3)
    canvas.shadow(bag)
    canvas.fill(bag, colour, CLOTH)
    canvas.fill(canvas.line([(24, 41), (76, 41)], 0.7), darker(colour, 0.3), FLAT)
    for fold in ([(33, 46), (36, 62), (31, 80)], [(66, 50), (62, 66), (67, 82)]):
        canvas.fill(canvas.line(curve(fold, closed=False), 1.5), darker(colour, 0.5), Finish(form="flat", opacity=0.2))


def handbag(canvas: Canvas, colour: Colour) -> None:
    loop = canvas.line(ellipse((50, 42), 19, 24, start=180, stop=360), 3.4)
    canvas.shadow(loop)
    canvas.fill(loop, darker(colour, 0.2), LEATHER)
    bag = canvas.shape([(24, 42), (76, 42), (84, 84), (16, 84)], soften=7)
    canvas.shadow(bag)
    canvas.fill(bag, colour, LEATHER)
    flap = canvas.shape([(23, 41), (77, 41), (79, 58), (60, 66), (40, 66), (21, 58)], soften=5)
    canvas.shadow(flap, move=(0, 1), blur=1.2)
    canvas.fill(flap, lighter(colour, 0.06), LEATHER)
    canvas.fill(canvas.shape(box(46, 60, 54, 69), soften=1.5), (214, 176, 84), METAL)
    for x in (29, 71):
        canvas.fill(canvas.shape(ellipse((x, 43), 3, 3)), (214, 176, 84), BALL)


def sneaker(canvas: Canvas, colour: Colour) -> None:
    sole = canvas.shape(curve([(9, 66), (30, 69), (60, 70), (91, 67), (93, 74), (84, 78), (50, 78), (14, 77), (8, 72)]))
    upper = [
        (11, 68),
        (10, 50),
        (14, 34),
        (22, 38),
        (33, 36),
        (38, 33),
        (50, 45),
        (66, 52),
        (82, 56),
        (91, 63),
        (91, 69),
    ]
    upper_mask = canvas.shape(curve([*upper, (50, 71)]))
    canvas.shadow(sole, move=(0.5, 2), blur=2, strength=0.5)
    canvas.fill(canvas.shape(ellipse((25, 37), 12, 4)), darker(colour, 0.6), FLAT)
    canvas.fill(upper_mask, colour, CLOTH)
    toe = canvas.shape(curve([(77, 56), (88, 59), (93, 68), (80, 71), (72, 70), (73, 62)]))
    canvas.fill(toe, WHITE, SHEEN)
    canvas.fill(
        canvas.shape(curve([(10, 50), (14, 36), (20, 39), (20, 55), (17, 69), (11, 68)])), darker(colour, 0.3), CLOTH
    )
    canvas.fill(sole, WHITE, Finish(form="soft", depth=0.8))
    canvas.fill(canvas.line(curve([(10, 74), (50, 75), (91, 72)], closed=False), 0.9), darker(colour, 0.1), FLAT)
    for step in range(5):
        x, y = 38 + 6 * step, 37.5 + 4 * step
        lace = canvas.line([(x, y), (x - 5, y + 8)], 1.9)
        canvas.shadow(lace, move=(0.3, 0.5), blur=0.4)
        canvas.fill(lace, WHITE)
    swoop = canvas.line(curve([(28, 64), (42, 60), (54, 58)], closed=False), 2.6)
    canvas.fill(swoop, WHITE, FLAT)


def table_lamp(canvas: Canvas, colour: Colour) -> None:
    foot = canvas.shape(ellipse((50, 87), 17, 3.6))
    canvas.shadow(foot, move=(2, 1.5), strength=0.5)
    canvas.fill(foot, darker(WOOD, 0.25), METAL)
    body = curve([(46, 55), (47, 62), (40, 73), (43, 85), (57, 85), (60, 73), (53, 62), (54, 55)])
    canvas.fill(canvas.shape(body), WOOD, GLAZED)
    shade = canvas.shape([(35, 14), (65, 14), (80, 55), (20, 55)], soften=1.5)
    canvas.glow(shade, (255, 240, 200), blur=7, strength=0.55)
    canvas.fill(shade, lighter(colour, 0.12), Finish(form="cylinder", depth=0.7, grain=0.05), to=lighter(colour, 0.45))
    canvas.fill(canvas.shape(ellipse((50, 14), 15, 2)), lighter(colour, 0.6), FLAT)


def desk_lamp(canvas: Canvas, colour: Colour) -> None:
    foot = canvas.shape(ellipse((36, 86), 20, 4))
    canvas.shadow(foot, move=(2, 1.5), strength=0.5)
    canvas.fill(foot, colour, METAL)
    for arm in ([(36, 84), (24, 55)], [(24, 55), (52, 27)]):
        mask = canvas.line(arm, 3)
        canvas.shadow(mask)
        canvas.fill(mask, lighter(colour, 0.1), SHEEN)
    for joint in ((24, 55), (52, 27)):
        canvas.fill(canvas.shape(ellipse(joint, 3.4, 3.4)), STEEL, BALL)
    canvas.glow(canvas.shape([(50, 44), (84, 40), (92, 80), (44, 82)]), (255, 236, 170), blur=4, strength=0.5)
    canvas.fill(canvas.shape(ellipse((68, 42), 9, 6)), (255, 244, 200), FLAT)
    head = canvas.shape(curve([(50, 24), (57, 18), (66, 22), (80, 36), (82, 41), (66, 44), (50, 46), (48, 41)]))
    canvas.shadow(head)
    canvas.fill(head, colour, SHEEN)


def wall_clock(canvas: Canvas, colour: Colour) -> None:
    rim = canvas.shape(ellipse((50, 50), 38, 38))
    canvas.shadow(rim, strength=0.5)
    canvas.fill(rim, colour, SHEEN)
    _dial(canvas, (50, 50), 32)


def alarm_clock(canvas: Canvas, colour: Colour) -> None:
    for x, lean in ((31, -4), (69, 4)):
        leg = canvas.line([(x, 80), (x + lean, 90)], 4)
        canvas.shadow(leg)
        canvas.fill(leg, STEEL, SHEEN)
        bell = canvas.shape(ellipse((x, 22), 13, 10))
        canvas.shadow(bell)
        canvas.fill(bell, STEEL, BALL)
    canvas.fill(canvas.line([(50, 24), (50, 12)], 2.5), STEEL, SHEEN)
    canvas.fill(canvas.shape(ellipse((50, 11), 4, 3)), STEEL, BALL)
    rim = canvas.shape(ellipse((50, 55), 33, 33))
    canvas.shadow(rim, strength=0.5)
    canvas.fill(rim, colour, SHEEN)
    _dial(canvas, (50, 55), 27)


def _dial(canvas: Canvas, centre: tuple[float, float], radius: float) -> None:
    canvas.fill(canvas.shape(ellipse(centre, radius, radius)), (250, 249, 245), Finish(depth=0.4))
    for hour in range(12):
        ring = [ellipse(centre, radius * part, radius * part)[6 * hour] for part in (0.80, 0.92)]
        canvas.fill(canvas.line(ring, 2.2 if hour % 3 == 0 else 1.2), BLACK, FLAT)
    for angle, length, width in ((-145, 0.5, 2.4), (-30, 0.72, 1.7)):
        tip = ellipse(centre, radius * length, radius * length, start=angle, stop=angle)[0]
        hand = canvas.line([centre, tip], width)
        canvas.shadow(hand, move=(0.5, 0.7), blur=0.7)
        canvas.fill(hand, BLACK, FLAT)
    canvas.fill(canvas.shape(ellipse(centre, 2, 2)), BLACK, BALL)


BASIC: dict[str, Draw] = {
    "shirt": shirt,
    "striped_shirt": striped_shirt,
    "mug": mug,
    "tote": tote,
    "handbag": handbag,
    "sneaker": sneaker,
    "table_lamp": table_lamp,
    "desk_lamp": desk_lamp,
    "wall_clock": wall_clock,
    "alarm_clock": alarm_clock,
}
