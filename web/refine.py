"""What the page shows of how a query was understood, and what would narrow it: chips, facets, orders, each a link."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from flask import request, url_for

from sensorium.catalogue.values import comparable, fold
from sensorium.errors import QuerySyntaxError
from sensorium.search.language import merged, parse
from sensorium.search.printing import print_filter, print_part, print_query
from sensorium.types import Facet, FacetValue, Filter, Modality, Part, Query, Range, SortKey, Term

if TYPE_CHECKING:
    from sensorium.types import Answer

FACETS = ("*",)
"""What the page counts: whatever tells the items of a result apart."""
KEPT = ("kind", "like", "fold", "variety", "fusion", "cut")
"""Fields of an address beside the typed ones."""


@dataclass(frozen=True, slots=True)
class Step:
    """A link to another query: `typed` for the search field, `url` where an address can hold all of it."""

    label: str
    typed: str
    url: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet: `share` is its count in percent of the largest one."""

    step: Step
    count: int
    share: float
    chosen: bool


@dataclass(frozen=True, slots=True)
class FacetView:
    label: str
    choices: tuple[Choice, ...]
    others: int


@dataclass(frozen=True, slots=True)
class Refinement:
    """`chips` take away what the query says beside its sentence, `orders` put the result in another order."""

    chips: tuple[Step, ...] = ()
    facets: tuple[FacetView, ...] = ()
    orders: tuple[tuple[Step, bool], ...] = ()


def refinement(typed: str, fields: Collection[str], answer: Answer) -> Refinement:
    """How the result of what was typed may be narrowed, widened and ordered."""
    try:
        query = parse(typed, fields)
    except QuerySyntaxError:
        return Refinement()
    links = _Links(query, fields)
    facets = tuple(view for facet in answer.facets if (view := links.facet(facet)).choices)
    return Refinement(tuple(links.chips()), facets, tuple(links.orders(answer)))


@dataclass(frozen=True, slots=True)
class _Links:
    """Links from one query to its neighbours."""

    query: Query
    fields: Collection[str]
    said: dict[tuple[Part, ...], str] = field(default_factory=dict)
    """Parts as they are typed: most links have the same, and a sentence is printed by reading it again."""

    def chips(self) -> Iterator[Step]:
        for part in self.query.parts:
            if part.channels or part.weight != 1 or part.modality is Modality.ITEM:
                parts = tuple(other for other in self.query.parts if other is not part)
                yield self._step(_part_label(part), replace(self.query, parts=parts))
        for one in self.query.filters:
            filters = tuple(other for other in self.query.filters if other is not one)
            yield self._step(_filter_label(one), replace(self.query, filters=filters))

    def facet(self, facet: Facet) -> FacetView:
        most = max((value.count for value in facet.values), default=1) or 1
        choices = tuple(
            Choice(self._chosen(value), value.count, 100 * value.count / most, self._has(value))
            for value in facet.values
            if value.count
        )
        useful = len(choices) > 1 or any(choice.chosen for choice in choices)
        return FacetView(facet.label.replace("_", " "), choices if useful else (), facet.others)

    def orders(self, answer: Answer) -> Iterator[tuple[Step, bool]]:
        """Best first, then both ways of the first attributes of amounts or dates."""
        yield self._step("Best first", replace(self.query, sort=())), not self.query.sort
        for facet in [facet for facet in answer.facets if facet.values and all(map(_measured, facet.values))][:2]:
            for descending, arrow in ((False, "↑"), (True, "↓")):
                key = SortKey(facet.field, descending)
                label = f"{facet.label.replace('_', ' ').capitalize()} {arrow}"
                yield self._step(label, replace(self.query, sort=(key,))), self.query.sort == (key,)

    def _has(self, value: FacetValue) -> bool:
        wanted = set(map(_folded, value.pick.values))
        same = (one for one in self.query.filters if one.field == value.pick.field and not one.excluded)
        return any(wanted <= set(map(_folded, one.values)) for one in same)

    def _chosen(self, value: FacetValue) -> Step:
        """With the value's filter, or without it where the query has it."""
        pick = value.pick
        if not self._has(value):
            return self._step(value.label, replace(self.query, filters=merged((*self.query.filters, pick))))
        left = tuple(_without(one, pick) for one in self.query.filters)
        return self._step(value.label, replace(self.query, filters=tuple(one for one in left if one.values)))

    def _step(self, label: str, query: Query) -> Step:
        if query.parts not in self.said:
            self.said[query.parts] = print_query(Query(query.parts), self.fields)
        typed = f"{self.said[query.parts]} {print_query(replace(query, parts=()), self.fields)}".strip()
        if request.method == "POST":
            return Step(label, typed, "")
        values: dict[str, Any] = {"q": typed or None}
        values |= {name: request.args.getlist(name) for name in KEPT}
        return Step(label, typed, url_for("pages.search", **values))


def _measured(value: FacetValue) -> bool:
    return any(isinstance(one, Range) or comparable(one.text) for one in value.pick.values)


def _without(one: Filter, pick: Filter) -> Filter:
    if one.field != pick.field or one.excluded:
        return one
    gone = set(map(_folded, pick.values))
    return replace(one, values=tuple(value for value in one.values if _folded(value) not in gone))


def _folded(value: Term | Range) -> Term | Range:
    """The value as filters compare it: whatever its case."""
    return replace(value, text=fold(value.text)) if isinstance(value, Term) else value


def _part_label(part: Part) -> str:
    printed = print_part(replace(part, weight=abs(part.weight)))
    return f"not {printed}" if part.weight < 0 else printed


def _filter_label(one: Filter) -> str:
    printed = print_filter(replace(one, excluded=False))
    return f"not {printed}" if one.excluded else printed
