"""Reads the query language: from what somebody typed to a `Query`. docs/query.md describes the language.

What is no sign of the language is a plain word, and the plain words together are one part: the sentence. A query that
no parser should refuse is a sentence; only what can be nothing but a slip (`price<cheap`, `said:"budget`) is an error.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sensorium.catalogue.values import comparable
from sensorium.types import Channel, Filter, Modality, Part, Query, SortKey, Term
from sensorium.wording import PHRASE

from . import syntax
from .scanner import Scanner
from .values import read_comparison, read_values


def parse(text: str, fields: Collection[str] = ()) -> Query:
    """The query that `text` says.

    `fields` are the names of the attributes that the library's items have; a name before a colon that is neither one
    of them nor a channel's is a plain word, and `Query.notes` say so. Raises `QuerySyntaxError`.
    """
    parser = _Parser(text, fields=frozenset(fields) | syntax.BUILT_IN)
    parser.run()
    sentence = " ".join(parser.sentence)
    parts = (*((Part(Modality.TEXT, text=sentence),) if sentence else ()), *parser.parts)
    return Query(parts, filters=merged(parser.filters), sort=tuple(parser.sort), notes=tuple(parser.notes))


def resolve(name: str, fields: Collection[str]) -> str | None:
    """The attribute that a name means; None where there is none. `color` may be `colour`."""
    plain = re.sub(r"\W+", "_", name.lower()).strip("_")
    other = syntax.FIELD_SPELLINGS.get(plain, "")
    return next((one for one in (plain, other) if one in fields), None)


def merged(filters: Iterable[Filter]) -> tuple[Filter, ...]:
    """`brand:Acme brand:Bolt` is either of them. Comparisons stay apart: `price>10 price<50` must both hold."""
    joined: dict[object, Filter] = {}
    for number, one in enumerate(filters):
        closed = all(isinstance(value, Term) or (value.low and value.high) for value in one.values)
        key = (one.field, one.excluded) if closed else number
        held = joined.get(key)
        values = one.values if held is None else tuple(dict.fromkeys((*held.values, *one.values)))
        joined[key] = Filter(one.field, values, one.excluded)
    return tuple(joined.values())


@dataclass(slots=True)
class _Parser(Scanner):
    """Goes through the text word by word; what each word turns out to be is put into one of the lists."""

    fields: frozenset[str] = frozenset()
    sentence: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    sort: list[SortKey] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def run(self) -> None:
        while self.place < len(self.text):
            if self.text[self.place].isspace():
                self.place += 1
            elif not self._special():
                self._plain()

    def _special(self) -> bool:
        """Whether something of the language stands at the place, which is then behind it."""
        start = self.place
        sign = 1.0
        if syntax.NEGATIVE.match(self.text, start):
            sign = -1.0
            self.place += 1
        if self._named(start, sign) or self._enclosed(sign) or self._word(sign):
            return True
        self.place = start
        return False

    def _plain(self) -> None:
        """A word of the sentence, or a phrase in it."""
        found = PHRASE.match(self.text, self.place)
        end = self.word_end(found.end() if found else self.place)
        word = self.text[self.place : end]
        if found is None and word.startswith('"') and word.strip('"'):
            self.notes.append(
                f"The quote before {word.strip(chr(34))!r} is never closed, so it was left out of account."
            )
        self.sentence += word.split()
        self.place = end

    # parts -------------------------------------------------------------------------------------------------------

    def _enclosed(self, sign: float) -> bool:
        """A phrase or a group in brackets that stands alone: with a weight, or left out. Others are of the sentence."""
        start = self.place
        value = self.phrase_or_group()
        if value is None:
            return False
        weight = self.weight()
        if weight is None and sign > 0:
            self.place = start
            return False
        self.parts.append(Part(Modality.TEXT, text=value, weight=sign * (weight or 1.0)))
        return True

    def _word(self, sign: float) -> bool:
        """A word with a weight, or one to do without."""
        found = syntax.WEIGHED_WORD.match(self.text, self.place)
        if found:
            self.place = found.end(1)
            self.parts.append(Part(Modality.TEXT, text=found[1], weight=sign * (self.weight() or 1.0)))
            return True
        if sign > 0:
            return False
        word = self.bare_word().rstrip(",.;:!?")
        weight = self.weight() or 1.0
        if word.endswith("-") or not self.at_an_end():  # dashes around an aside
            return False
        self.parts.append(Part(Modality.TEXT, text=word, weight=sign * weight))
        return True

    # names before a colon ------------------------------------------------------------------------------------------

    def _named(self, start: int, sign: float) -> bool:
        """A scope, an example, an order or a filter, where the name before the sign is one that is known."""
        spaced = syntax.SPACED.match(self.text, self.place)
        if spaced and self._comparison(spaced, sign):
            return True
        found = syntax.NAMED.match(self.text, self.place)
        if found is None:
            return False
        name = found[1].lower()
        scope = syntax.SCOPES.get(syntax.SCOPE_SPELLINGS.get(name, name))
        attribute = resolve(name, self.fields)
        if scope and found[2] == ":":
            self._scoped(scope, found.end(), start, sign)
        elif name == syntax.LIKE and found[2] == ":":
            self._like(found.end(), start, sign)
        elif name == syntax.SORT and found[2] == ":" and sign > 0:
            self._sort(found.end())
        elif attribute:
            self._filter(attribute, found, sign)
        else:
            self._note_unknown(found)
            return False
        return True

    def _scoped(self, channels: tuple[Channel, ...], value_at: int, start: int, sign: float) -> None:
        self.place = value_at
        value = self.phrase_or_group()
        if value is None:
            if self.text[value_at] in '"(':
                closing = {'"': "quote", "(": "bracket"}[self.text[value_at]]
                raise self.error(f"This {closing} is never closed, or holds no words.", value_at)
            value = self.bare_word().rstrip(",;")
        number = self.weight()
        self.word_must_end(start)
        if not re.search(r"\w", value):
            raise self.error("Words are expected behind the colon.", start)
        self.parts.append(Part(Modality.TEXT, text=value, weight=sign * (number or 1.0), channels=channels))

    def _like(self, value_at: int, start: int, sign: float) -> None:
        found = re.compile(r"\d{1,18}").match(self.text, value_at)
        self.place = found.end() if found else value_at
        if found is None:
            raise self.error("like: takes the number of an item of this library, such as like:17.", start)
        weight = self.weight() or 1.0
        self.word_must_end(start)
        self.parts.append(Part(Modality.ITEM, weight=sign * weight, like=int(found[0])))

    def _sort(self, value_at: int) -> None:
        end = self.word_end(value_at)
        place = value_at
        for key in self.text[value_at:end].split(","):
            name = resolve(key.removeprefix("-"), self.fields)
            if name is None and key != "relevance":
                self.place = place
                raise self.error(f"Nothing is named {key.removeprefix('-')!r} to sort by.{self._meant(key)}", place)
            if name is not None:
                self.sort.append(SortKey(name, key.startswith("-")))
            place += len(key) + 1
        self.place = end

    def _filter(self, attribute: str, found: re.Match[str], sign: float) -> None:
        if found[2] in (":", "=", "!="):
            values, self.place = read_values(self.text, found.end(), attribute)
            excluded = (sign < 0) != (found[2] == "!=")
        else:
            values, self.place = read_comparison(self.text, found.end(), attribute, found[2])
            excluded = sign < 0
        self.filters.append(Filter(attribute, values, excluded))

    def _comparison(self, found: re.Match[str], sign: float) -> bool:
        """`price < 50` with blanks is a comparison only where it can be nothing else."""
        attribute = resolve(found[1], self.fields)
        value = self.text[found.end() : self.word_end(found.end())].rstrip(",;")
        if attribute is None or not comparable(value):
            return False
        self._filter(attribute, found, sign)
        return True

    def _note_unknown(self, found: re.Match[str]) -> None:
        value = self.text[found.end() : self.word_end(found.end())]
        telling = value[0].isalnum() or value[0] == '"' if found[2] == ":" else comparable(value)
        if len(found[1]) > 1 and telling and found[2] != "=":
            self.notes.append(
                f"“{found[0]}{value}” was searched as plain words: nothing here is named {found[1]!r}."
                f"{self._meant(found[1])}"
            )

    def _meant(self, name: str) -> str:
        known = (*self.fields, *syntax.SCOPES, syntax.LIKE, syntax.SORT)
        close = difflib.get_close_matches(name.lower().removeprefix("-"), known, n=1)
        return f" Did you mean {close[0]}?" if close else ""
