"""Make the demo's media: `python examples/make_media.py FOLDER [PART]...`. The same bytes every time on one machine.

`FOLDER/shop` holds a product feed with its pictures, `FOLDER/archive` photos, recordings, sounds, papers and a film,
`FOLDER/queries` examples to search with, none of which is itself in the shop or the archive.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Collection
from pathlib import Path

from documents import write_documents
from feed import customer_picture, write_shop
from film import read_sound, write_clip, write_film
from scenes import PHOTOS, photo
from shots import SHOTS
from sounds import write_sound, write_sounds

SPEECH = Path(__file__).resolve().parent / "media" / "notes"
FILM = "film-1.mp4"
MIDDLE = slice(2 * 48_000, 6 * 48_000)
"""The part of a recording that is used as a query: four seconds, from the third on."""


def make_media(folder: Path, parts: Collection[str] = (), *, say: Callable[[str], object] = print) -> None:
    """Write everything, or only some of `PARTS`, below `folder`; what is there already is written anew."""
    for name, write in PARTS.items():
        if not parts or name in parts:
            say(f"making {name}")
            write(folder)


def _write_photos(folder: Path) -> None:
    """Named as a camera names them, so that only what they show can find them."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(PHOTOS, 1):
        photo(name).save(folder / f"photo-{number}.jpg", quality=90)


def _write_queries(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for key in ("sneaker-red", "mug-white"):
        customer_picture(key).save(folder / f"{key}.jpg", quality=85)
    heard = read_sound(SPEECH / "recording-4.ogg")[MIDDLE]
    write_sound(heard.astype(float), folder / "part-of-a-recording.flac")
    write_clip(SHOTS[1], folder / "clip.mp4")


PARTS: dict[str, Callable[[Path], object]] = {
    "shop": lambda folder: write_shop(folder / "shop"),
    "photos": lambda folder: _write_photos(folder / "archive" / "photos"),
    "notes": lambda folder: shutil.copytree(SPEECH, folder / "archive" / "notes", dirs_exist_ok=True),
    "sounds": lambda folder: write_sounds(folder / "archive" / "sounds"),
    "papers": lambda folder: write_documents(folder / "archive" / "papers"),
    "film": lambda folder: write_film(folder / "archive" / "films" / FILM),
    "queries": lambda folder: _write_queries(folder / "queries"),
}


def main() -> None:
    if len(sys.argv) < 2 or not set(sys.argv[2:]) <= PARTS.keys():
        sys.exit(f"usage: {sys.argv[0]} FOLDER [{'|'.join(PARTS)}]...")
    make_media(Path(sys.argv[1]), sys.argv[2:])


if __name__ == "__main__":
    main()
