"""Answers, status and models as the terminal shows them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from sensorium.catalogue.refusals import told_put_off
from sensorium.indexes.state import IndexState
from sensorium.models.model_set import ModelSet
from sensorium.status import Status
from sensorium.types import Answer, Facet, Hit, Item, Moment

from .reasons import clock, reasons

SHOWN_CHANCE = 0.05
"""A hit that is likelier to be an accident says so."""


@contextmanager
def progress(description: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with the time left, on stderr, moved by calling what is given: (done, total)."""
    with Progress(*Progress.get_default_columns(), console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(description, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def print_answer(answer: Answer, *, page: int = 1, limit: int = 10, plan: bool = False) -> None:
    """One line per hit with its moment, and under it the strongest reasons why it is there.

    `page` says which page of `limit` hits it is, so that places count on. With `plan`, how each channel was asked.
    """
    console = Console(highlight=False)
    for note in answer.notes:
        console.print(f"note: {note}", markup=False)
    if not answer.hits:
        console.print("Nothing found.")
    for place, hit in enumerate(answer.hits, (page - 1) * limit + 1):
        console.print(_line(place, hit))
        for reason in reasons(hit):
            console.print(reason)
        if hit.alike:
            console.print(Text(f"     and {len(hit.alike)} more like it; --no-fold shows each", style="dim"))
    for step in answer.steps if plan else ():
        asked = f"part {step.part}: {step.channel} by {step.matcher}, {step.route} ({step.took_ms:.1f} ms)"
        console.print(Text(asked, style="dim"))
    for facet in answer.facets:
        console.print(_facet(facet))
    more = f", more with --page {page + 1}" if answer.cursor else ""
    of = "" if answer.total is None else f" of {answer.total}"
    console.print(Text(f"{len(answer.hits)}{of} hits in {answer.took_ms:.0f} ms{more}", style="dim"))


def _facet(facet: Facet) -> Text:
    """`brand  Acme 12 · Bolt 3`: every value as it can be typed behind the name."""
    line = Text(f"{facet.field}  ", style="bold")
    counted = [f"{value.label} ({value.count})" for value in facet.values]
    if facet.others:
        counted.append(f"{facet.others} more")
    if facet.without:
        counted.append(f"none ({facet.without})")
    return line.append(" · ".join(counted), style="not bold")


def _line(place: int, hit: Hit) -> Text:
    line = Text(f"{place:>3}. ")
    line.append(hit.item.title, style="bold")
    line.append(f"  {hit.item.kind}", style="cyan")
    if hit.moments and (where := _moment(hit.moments[0])):
        line.append(f"  {where}", style="magenta")
    line.append(f"  {hit.score:.2f}", style="green")
    if hit.chance is not None and hit.chance >= SHOWN_CHANCE:
        line.append(f"  nonsense finds as good {hit.chance:.0%}", style="yellow")
    line.append(f"\n     {_place(hit.item)}", style="dim")
    return line


def _moment(moment: Moment) -> str:
    if moment.start_s is None:
        return "" if moment.page is None else f"page {moment.page}"
    return f"at {clock(moment.start_s)}"


def print_status(status: Status) -> None:
    """Counts as a table, then every file that could not be read, with its reason."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"profile: {status.profile}")
    table = Table("items", "", "segments", " ", box=None, padding=(0, 2, 0, 0))
    items, segments = list(status.items.items()), list(status.segments.items())
    for row in range(max(len(items), len(segments))):
        left = (items[row][0], str(items[row][1])) if row < len(items) else ("", "")
        right = (segments[row][0], str(segments[row][1])) if row < len(segments) else ("", "")
        table.add_row(*left, *right)
    console.print(table)
    if status.indexes:
        console.print(_index_table(status.indexes))
    console.print(f"{len(status.failures)} could not be read")
    for failure in status.failures:
        console.print(f"  {failure}", markup=False)
    if status.put_off.pictures:
        console.print(told_put_off(status.put_off))


def _index_table(indexes: Sequence[IndexState]) -> Table:
    """A line for each index, and one more for each selectivity that it was measured under."""
    table = Table(
        "index", "kind", "vectors", "MB", "filter", "recall", "p50 ms", "p95 ms", box=None, padding=(0, 2, 0, 0)
    )
    for index in indexes:
        names = [f"{index.channel} ({index.space})", index.kind, str(index.vectors), f"{index.bytes / 2**20:.1f}"]
        for figure in index.figures or (None,):
            measured = [] if figure is None else [
                figure.selectivity, _figure(figure.recall, 3), _figure(figure.p50_ms, 2), _figure(figure.p95_ms, 2),
            ]  # fmt: skip
            table.add_row(*names, *measured)
            names = [""] * len(names)
    return table


def _figure(value: float, places: int) -> str:
    return "" if math.isnan(value) else f"{value:.{places}f}"


def print_models(profiles: Mapping[str, ModelSet]) -> None:
    """Every profile's models: what they are for, licence, size, and how to get those that are not here."""
    table = Table("profile", "role", "model", "licence", "MB", "here", "how to get it")
    for profile, models in profiles.items():
        for model in models.describe():
            here = "[green]yes[/]" if model.available else "[red]no[/]"
            table.add_row(profile, model.role, model.name, model.licence, f"{model.size_mb:.0f}", here, model.cure)
    Console().print(table)


def _place(item: Item) -> str:
    """Where a person finds it: on the web, where it says so, else its path, which may be that of its list or feed."""
    url = item.attributes.get("url")
    return url if isinstance(url, str) and url.startswith(("http://", "https://")) else str(item.path)
