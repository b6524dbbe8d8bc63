"""Finds out which elements of an XML file are its rows."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from .feed_columns import fields_of
from .xml_cells import local

if TYPE_CHECKING:
    from lxml.etree import _Element

_CHANNELS = ("rss", "RDF")
"""Root elements of RSS of all versions."""


class Paths:
    """Which elements lie in which, in the beginning of a file: paths of names from the root on."""

    def __init__(self, text: str) -> None:
        self._count: Counter[tuple[str, ...]] = Counter()
        self._fields: dict[tuple[str, ...], set[str]] = {}
        for strict in (
            True,
            False,
        ):  # what comes after a fault is looked at only where nothing was understood before it
            self._look(text, strict=strict)
            if self.of_rows() is not None:
                return

    def _look(self, text: str, *, strict: bool) -> None:
        from lxml import etree

        parser = etree.XMLPullParser(
            ("start", "end"), recover=not strict, resolve_entities=False, no_network=True, load_dtd=False,
            huge_tree=False, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        with suppress(etree.XMLSyntaxError):
            parser.feed(text.encode("utf-8", "replace"))
        here: list[str] = []
        try:
            for event, element in parser.read_events():
                if event == "end":
                    here.pop()
                else:
                    here.append(_written(element))
                    self._note(tuple(here), element)
        except etree.XMLSyntaxError:
            return

    def _note(self, path: tuple[str, ...], element: _Element) -> None:
        self._count[path] += 1
        said = {field for name in element.attrib for field in fields_of(local(name))}
        if said != {"title"}:  # <param name="Colour"> has no title
            self._fields.setdefault(path, set()).update(said)
        self._fields.setdefault(path[:-1], set()).update(fields_of(local(element.tag)))

    def of_rows(self) -> tuple[str, ...] | None:
        """The path of the elements that are products."""
        titled = [path for path, fields in self._fields.items() if len(path) > 1 and "title" in fields]
        rows = [path for path in self._count if _bare(path[-1]) in ("item", "entry")]
        news = [path for path in rows if _bare(path[0]) in _CHANNELS or (_bare(path[0]) == "feed" and path in titled)]
        others = [path for path in titled if _bare(path[0]) not in _CHANNELS]  # a channel has a title, too
        repeated = [path for path in others if self._count[path] > 1]
        alone = [path for path in others if len(self._fields[path]) > 1]
        return min(
            news or repeated or alone,
            key=lambda path: (len(path), -len(self._fields[path]), -self._count[path]),
            default=None,
        )

    def nests(self, row: tuple[str, ...]) -> bool:
        """Whether elements of a row's name lie in rows; one that lies there bare shows a row that was not closed."""
        deeper = (path[len(row) :] for path in self._count if path[: len(row)] == row)
        return any(row[-1] in path[1:] and path[0] != row[-1] for path in deeper)


def _written(element: _Element) -> str:
    return f"{element.prefix}:{local(element.tag)}" if element.prefix else local(element.tag)


def _bare(name: str) -> str:
    return name.rpartition(":")[2]
