"""The shop: what it sells, drawn and described, as a product feed with its pictures."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from drawing import Canvas, Colour, View
from more_products import GOODS
from PIL import Image

SIZE = (480, 480)
FRONT, CLOSER = View(), View(angle=-7, scale=1.08)
QUERY = View(mirrored=True, angle=4, scale=0.86, move=(2, 1))
"""How a customer's own photo of a thing differs from the shop's."""
STUDIO: tuple[Colour, Colour] = ((252, 252, 251), (226, 226, 224))
GREY: tuple[Colour, Colour] = ((206, 212, 220), (176, 182, 192))
TABLE: tuple[Colour, Colour] = ((222, 208, 186), (190, 168, 138))


@dataclass(frozen=True, slots=True)
class Good:
    """One thing the shop sells. `drawing` names its function in `GOODS`."""

    key: str
    drawing: str
    shade: Colour
    colour: str
    title: str
    category: str
    price: float
    description: str


def _goods() -> tuple[Good, ...]:
    with (Path(__file__).resolve().parent / "goods.csv").open(encoding="utf-8", newline="") as rows:
        return tuple(
            Good(**row | {"shade": _shade(row["shade"]), "price": float(row["price"])})  # type: ignore[arg-type]
            for row in csv.DictReader(rows)
        )


def _shade(code: str) -> Colour:
    """The colour of a code such as c42c30."""
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)


GOODS_FOR_SALE = _goods()


def product_picture(good: Good, view: View, ground: tuple[Colour, Colour]) -> Image.Image:
    """The thing on a plain ground, 480 × 480."""
    canvas = Canvas(SIZE, view=view, seed=sum(good.key.encode()))
    canvas.background(*ground)
    GOODS[good.drawing](canvas, good.shade)
    return canvas.picture()


def write_shop(folder: Path) -> None:
    """Write `feed.jsonl` and the pictures it names below `pictures/`. Every third product has two."""
    pictures = folder / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, good in enumerate(GOODS_FOR_SALE):
        views = [(FRONT, STUDIO), (CLOSER, GREY)][: 2 if number % 3 == 0 else 1]
        names = [f"{good.key}-{place}.jpg" for place in range(1, len(views) + 1)]
        for name, (view, ground) in zip(names, views, strict=True):
            product_picture(good, view, ground).save(pictures / name, quality=90)
        lines.append(json.dumps(_row(good, names)))
    (folder / "feed.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _row(good: Good, names: list[str]) -> dict[str, object]:
    return {
        "id": good.key,
        "title": good.title,
        "description": good.description,
        "category": good.category,
        "price": good.price,
        "colour": good.colour,
        "pictures": [f"pictures/{name}" for name in names],
    }


def customer_picture(key: str) -> Image.Image:
    """A product as a customer might photograph it: mirrored, tilted, smaller, on a table."""
    good = next(good for good in GOODS_FOR_SALE if good.key == key)
    return product_picture(good, QUERY, TABLE)
