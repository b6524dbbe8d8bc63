"""What was asked of a library before."""

from __future__ import annotations

from pathlib import Path

import click

from .shared import AS_JSON, LIBRARY, print_json, read_settings


@click.command()
@LIBRARY
@click.option("--forget", is_flag=True, help="Remove everything that was kept.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="Queries shown.")
@AS_JSON
def history(library_path: Path, forget: bool, limit: int, as_json: bool) -> None:
    """Show what was asked of a library, the latest first, or forget it.

    Queries are kept only where SENSORIUM_HISTORY is true, in history.db in the library's folder and nowhere else: what
    was typed, and when. Files given as examples and answers are not kept.
    """
    from sensorium.history import History
    from sensorium.library import Library

    library = Library.open(library_path.resolve())
    library.close()
    held = History(library.folder, kept=read_settings().history)
    if forget:
        held.forget()
        click.echo("Forgotten.")
        return
    found = held.recent(limit)
    if as_json:
        queries = [{"query": one.query, "at": one.at.isoformat()} for one in found]
        print_json({"kept": held.kept, "queries": queries})
    elif not held.kept:
        click.echo("Queries are not kept. SENSORIUM_HISTORY=true keeps them, in the library's folder.")
    for one in found if not as_json else ():
        click.echo(f"{one.at.astimezone():%Y-%m-%d %H:%M}  {one.query}")
