"""What the demo asks of its library, and which hit is the right one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WITHIN = 3
"""A question counts as answered when the right hit is among so many."""


@dataclass(frozen=True, slots=True)
class Question:
    """`examples` are files below `queries/` by option; `right` is a title, or the name of a file."""

    asked_with: str
    right: str
    words: str | None = None
    examples: Mapping[str, str] | None = None
    options: Sequence[str] = ()

    def arguments(self, queries: Path) -> list[str]:
        """What stands after `sensorium search`."""
        found = [self.words] if self.words else []
        for option, name in (self.examples or {}).items():
            found += [option, str(queries / name)]
        return [*found, *self.options]

    def place(self, hits: Sequence[Mapping[str, Any]]) -> int | None:
        """Where the right hit stands, from 1; None when it is not there."""
        for place, hit in enumerate(hits, 1):
            if self.right in (hit["item"]["title"], Path(hit["item"]["path"]).name):
                return place
        return None


QUESTIONS = (
    Question("words, for a product", "Blue canvas sneaker", words="a blue shoe with white laces"),
    Question("words, for a photo without a telling name", "photo-3.jpg", words="a red car on a road"),
    Question(
        "words, for a place in a recording",
        "recording-1.ogg",
        words="an old bridge that had to be closed",
    ),
    Question("words, for a paper", "repairing-a-bicycle.md", words="how do I mend a hole in a tyre"),
    Question("words, for a moment in a film", "film-1.mp4", words="a hot-air balloon in the sky"),
    Question("a customer's photo", "Red canvas sneaker", examples={"--image": "sneaker-red.jpg"}),
    Question("part of a recording", "recording-4.ogg", examples={"--audio": "part-of-a-recording.flac"}),
    Question("a film clip without sound", "film-1.mp4", examples={"--video": "clip.mp4"}),
    Question(
        "a photo of a white mug and the word “blue”",
        "Blue coffee mug",
        words="blue",
        examples={"--image": "mug-white.jpg"},
        options=("--kind", "product"),
    ),
)
