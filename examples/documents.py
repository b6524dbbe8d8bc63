"""The archive's papers: care instructions (HTML), a speech (text), a repair guide (Markdown), returns (Word)."""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path

CARE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>How to care for leather and wool</title></head>
<body>
<h1>How to care for leather and wool</h1>
<h2>Leather shoes and bags</h2>
<p>Brush off dry dirt before anything else. Wipe the leather with a damp cloth, never a wet one, and let it dry slowly
in the air, far from a stove or a radiator: heat makes leather stiff and it will crack. Twice a year rub in a little
wax with a soft cloth, wait ten minutes and polish it. Shoes that got soaked in the rain keep their shape when they are
stuffed with newspaper overnight.</p>
<h2>Wool sweaters</h2>
<p>Wool shrinks in hot water. Wash a sweater by hand in cool water with a mild soap, do not rub or wring it, and roll
it in a towel to press the water out. Dry it lying flat. Cedar wood in the wardrobe keeps moths away.</p>
<h2>Stains</h2>
<p>Coffee and red wine come out of cotton best while they are fresh: cover the spot with salt, rinse it with cold water
from the back, and wash the cloth as usual.</p>
</body>
</html>
"""
SPEECH = """Speech at the opening of the town library

Dear neighbours, dear children,

eight years ago a fire destroyed the old reading room and eleven thousand books. Many of you stood in the street that
night and passed the books from hand to hand out of the smoke. What you saved stands on these shelves today.

A library is more than a house for paper. It is the only room in our town where you may stay all day without buying
anything. Here a pupil finds a quiet desk, a newcomer finds a dictionary, and an old man finds the newspaper of the day
he was born.

We thank the carpenters, who made the long oak tables, and the school choir, who will sing for us in a moment. From
tomorrow the doors are open every day but Sunday, from nine in the morning until eight in the evening. Come in.
"""
REPAIR = """# Repairing a bicycle at home

## A flat tyre

Turn the bicycle upside down and take the wheel out. Lever one side of the tyre over the rim with two spoons and pull
out the inner tube. Pump it up and hold it under water: bubbles rise where the hole is. Dry the spot, roughen it with
sandpaper, spread a thin layer of rubber cement and wait until it no longer shines. Press the patch on hard for a
minute. Feel along the inside of the tyre for the thorn or the piece of glass before you put everything back.

## A chain that squeaks

A dry chain squeaks and wears out the gears. Wipe it with an old rag, turn the pedals backwards and let one drop of oil
fall on every link. Wait a little and wipe off what is left, because oil on the outside only collects dust.

## Brakes that do not grip

Look at the rubber blocks first. When their grooves have gone they must be replaced. If they are still thick, tighten
the cable at the lever until the blocks stand two millimetres from the rim on both sides.

## Lights

If the front light stays dark, look for a broken wire where the cable bends at the fork.
"""
RETURNS = (
    ("Sending things back", ""),
    (
        "How long you have",
        "You may return anything you bought from us within thirty days, unused and in its box. Fruit, wine and other "
        "food cannot be returned unless it was spoiled when it arrived.",
    ),
    (
        "Who pays",
        "If we sent the wrong article or it is broken, we pay the postage. If it is too small, too large or simply not "
        "to your liking, the parcel is at your own cost.",
    ),
    (
        "When you get your money",
        "The refund goes back to the card or the account you paid with, within five working days after the parcel has "
        "reached our warehouse. A voucher is refunded as a voucher.",
    ),
    (
        "Guarantee",
        "Lamps and clocks carry a guarantee of two years. Keep the receipt: we repair the article, or replace it when "
        "it cannot be repaired.",
    ),
)
WRITTEN = datetime.datetime(2024, 5, 1)  # noqa: DTZ001  (Word's properties know no time zone)


def write_documents(folder: Path) -> None:
    """Write the four papers."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "care-of-leather-and-wool.html").write_text(CARE, encoding="utf-8")
    (folder / "speech-at-the-opening-of-the-library.txt").write_text(SPEECH, encoding="utf-8")
    (folder / "repairing-a-bicycle.md").write_text(REPAIR, encoding="utf-8")
    _write_word(folder / "returns-policy.docx")


def _write_word(path: Path) -> None:
    from docx import Document

    document = Document()
    document.core_properties.author = "The shop"
    document.core_properties.created = document.core_properties.modified = WRITTEN
    for level, (heading, paragraph) in enumerate(RETURNS):
        document.add_heading(heading, level=1 if level == 0 else 2)
        if paragraph:
            document.add_paragraph(paragraph)
    packed = io.BytesIO()
    document.save(packed)
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():  # packed once more: python-docx stamps every part with the time of the day
            target.writestr(zipfile.ZipInfo(name, WRITTEN.timetuple()[:6]), source.read(name), zipfile.ZIP_DEFLATED)
