"""The demo behind `make demo`: make a library, ask it in every modality, open the search page.

    python examples/demo.py [--folder DIR] [--no-serve]

Without `--folder` the library is made from media that the demo draws, computes and writes itself, and every question
has a known right answer: the exit code is 1 when one is not among the first hits. With it the library holds that
folder, and the questions are yours.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from make_media import make_media
from questions import QUESTIONS, WITHIN, Question
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
OWN_MEDIA, OTHERS_MEDIA = ROOT / "demo-library", ROOT / "demo-library-own"
SHOWN = 3
console = Console(highlight=False, soft_wrap=True)


class StepFailed(Exception):
    """Why the demo cannot go on. A command that ended with an error has printed more."""


def sensorium(*arguments: str, answer: bool = False) -> str:
    """Run the command line; its output goes to the terminal, or is returned as `answer`. Raises `StepFailed`."""
    command = [sys.executable, "-m", "sensorium.cli", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE if answer else None, encoding="utf-8", check=False)
    if done.returncode:
        raise StepFailed(f"`sensorium {arguments[0]}` ended with exit code {done.returncode}.")
    return done.stdout or ""


def make_library() -> Path:
    """The library of the demo's own media, made anew."""
    shutil.rmtree(OWN_MEDIA, ignore_errors=True)
    media, library = OWN_MEDIA / "media", OWN_MEDIA / "library"
    console.rule("Making the media")
    make_media(media, say=lambda name: console.print(f"  {name}"))
    console.rule("Indexing")
    feed, archive = str(media / "shop" / "feed.jsonl"), str(media / "archive")
    sensorium("index", feed, archive, "--library", str(library), "--strict")
    return library


def ask_everything(library: Path) -> int:
    """Ask every question and say what came out. How many were not answered."""
    console.rule("Searching")
    missed = 0
    for question in QUESTIONS:
        arguments = question.arguments(OWN_MEDIA / "media" / "queries")
        console.print(Text(f"\n{question.asked_with}", style="bold"))
        console.print(Text(f"  sensorium search {_shown(arguments)}", style="dim"))
        answer = ask(library, *arguments)
        place = question.place(answer["hits"])
        missed += place is None or place > WITHIN
        print_answer(answer, right=place)
        print_verdict(question, place)
    console.rule()
    console.print(
        f"{len(QUESTIONS) - missed} of {len(QUESTIONS)} questions have the right hit among the first {WITHIN}."
    )
    return missed


def ask(library: Path, *arguments: str) -> Mapping[str, Any]:
    """The answer to one search, in the form that docs/cli.md describes."""
    answer: Mapping[str, Any] = json.loads(
        sensorium("search", *arguments, "--library", str(library), "--json", answer=True)
    )
    return answer


def print_answer(answer: Mapping[str, Any], *, right: int | None = None) -> None:
    """The first hits, each with its moment and the strongest reason why it is there."""
    for place, hit in enumerate(answer["hits"][:SHOWN], 1):
        line = Text(f"  {place}. ")
        line.append(hit["item"]["title"], style="bold green" if place == right else "")
        line.append(f"  {hit['item']['kind']}{_moment(hit['moments'])}", style="cyan")
        line.append(f"  {hit['score']:.2f}", style="dim")
        console.print(line)
        for evidence in hit["evidence"][:1]:
            said = " ".join((evidence["text"] or "").split())
            why = f"     because of its {evidence['channel']}" + (f": {said[:80]}" if said else "")
            console.print(Text(why, style="dim"))
    if not answer["hits"]:
        console.print("  nothing found")
    for note in answer["notes"]:
        console.print(Text(f"  note: {note}", style="yellow"))


def print_verdict(question: Question, place: int | None) -> None:
    """Say it when the right hit does not come first."""
    if place is None:
        console.print(Text(f"  missed: {question.right} is not among the hits", style="red"))
    elif place > 1:
        style = "red" if place > WITHIN else "yellow"
        console.print(Text(f"  {question.right} should be first and is number {place}", style=style))


def _moment(moments: list[Mapping[str, Any]]) -> str:
    if not moments:
        return ""
    start_s, page = moments[0]["start_s"], moments[0]["page"]
    if start_s is not None:
        return f" at {int(start_s) // 60}:{int(start_s) % 60:02d}"
    return f" page {page}" if page is not None else ""


def _shown(arguments: list[str]) -> str:
    return " ".join(Path(part).name if "/" in part else (f'"{part}"' if " " in part else part) for part in arguments)


def search_folder(folder: Path) -> Path:
    """The library of a folder of the user's own, brought up to date. On a terminal, ask it until an empty line."""
    if not folder.is_dir():
        raise StepFailed(f"{folder} is not a folder. Give the path of one, such as: make demo DIR=~/Pictures")
    library = OTHERS_MEDIA / "-".join(folder.parts[1:])
    console.rule(f"Indexing {folder}")
    sensorium("index", str(folder), "--library", str(library))
    while sys.stdin.isatty() and (words := console.input("\nWhat are you looking for? (an empty line ends) ").strip()):
        print_answer(ask(library, words))
    return library


def main() -> int:
    parser = argparse.ArgumentParser(description="Make a library and search it in every modality.")
    parser.add_argument("--folder", type=Path, help="index this folder instead of the demo's own media")
    parser.add_argument("--no-serve", action="store_true", help="end without opening the search page")
    options = parser.parse_args()
    missed = 0
    try:
        if options.folder is None:
            library = make_library()
            missed = ask_everything(library)
        else:
            library = search_folder(options.folder.expanduser().resolve())
        if not options.no_serve:
            console.rule("The search page")
            sensorium("serve", "--library", str(library))
    except KeyboardInterrupt:
        console.print()
    except StepFailed as error:
        console.print(Text(f"The demo stops: {error}", style="red"))
        return 1
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
