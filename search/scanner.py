"""Walks through a typed query: a place in the text, and what can be read from there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sensorium.errors import QuerySyntaxError

from . import syntax

_PHRASE = re.compile(r'"[^"]*\w[^"]*"')
_WEIGHT_LIKE = re.compile(r"\^[\d.e-]*$")


@dataclass(slots=True)
class Scanner:
    """`place` is where reading goes on. What is read moves it; where a method answers None it stays."""

    text: str
    place: int = 0

    def phrase_or_group(self) -> str | None:
        """A phrase with its quotes, or what brackets hold."""
        phrase = _PHRASE.match(self.text, self.place)
        if phrase:
            self.place = phrase.end()
            return " ".join(phrase[0].split())
        if self.text.startswith("(", self.place):
            end = syntax.group_end(self.text, self.place)
            inner = " ".join(syntax.ungrouped(self.text[self.place + 1 : end]).split()) if end > 0 else ""
            if inner:
                self.place = end + 1
                return inner
        return None

    def bare_word(self) -> str:
        """What stands here up to the next blank or to a weight."""
        start, end = self.place, self.word_end(self.place)
        weight = _WEIGHT_LIKE.search(self.text, start, end)
        self.place = weight.start() if weight else end
        return self.text[start : self.place]

    def weight(self) -> float | None:
        """The weight that stands here. Raises `QuerySyntaxError` for one that is none."""
        found = syntax.WEIGHT.match(self.text, self.place)
        if found is None:
            return None
        weight = float(found[1])
        if not 0 < weight < 1000:
            raise self.error("A weight is a number above 0, such as ^0.5; a hyphen in front pushes away.", self.place)
        self.place = found.end()
        return weight

    def word_end(self, place: int) -> int:
        while place < len(self.text) and not self.text[place].isspace():
            place += 1
        return place

    def at_an_end(self) -> bool:
        return self.place >= len(self.text) or self.text[self.place].isspace()

    def word_must_end(self, start: int) -> None:
        """Punctuation may follow what is finished; anything else means that it was not understood as it was meant."""
        while not self.at_an_end() and self.text[self.place] in ",;.!?":
            self.place += 1
        if not self.at_an_end():
            rest = self.text[self.place : self.word_end(self.place)]
            cure = "A weight is a number, such as ^0.5." if rest.startswith("^") else "Put a blank before it."
            raise self.error(f"{rest!r} was not expected here. {cure}", start)

    def error(self, problem: str, start: int) -> QuerySyntaxError:
        """`problem` at what stands from `start` to the end of the word."""
        return QuerySyntaxError(problem, self.text, start, self.word_end(max(self.place, start)))
