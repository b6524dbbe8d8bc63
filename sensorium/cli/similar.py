"""What is like items of a library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sensorium.types import Kind, Query

from .shared import AS_JSON, LIBRARY, open_engine, print_json


@click.command()
@click.argument("items", nargs=-1, required=True, metavar="ITEM...")
@click.option("--less", multiple=True, metavar="ITEM", help="An item that it should not be like; may be repeated.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice([k.value for k in Kind]), help="Only such items.")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 1000), help="Hits wanted.")
@LIBRARY
@AS_JSON
def similar(items: tuple[str, ...], less: tuple[str, ...], library_path: Path, **options: Any) -> None:
    """Recommend what is like every ITEM or any of them, over all that they show and say.

    An ITEM is an id, as answers name it, or the path of a file that is in the library.

    
    sensorium similar 17 23 --less 40
    sensorium similar ~/Pictures/beach.jpg --kind film
    """
    from sensorium.jsonform import answer_as_json
    from sensorium.search.recommend import item_ids
    from sensorium.search.terminal import print_answer

    engine = open_engine(library_path)
    more, away = (item_ids(given, engine.library) for given in (items, less))
    kinds = tuple(Kind(kind) for kind in options["kinds"])
    answer = engine.search(Query(more=more, less=away, kinds=kinds, limit=options["limit"]))
    if options["as_json"]:
        print_json(answer_as_json(answer))
    else:
        print_answer(answer)
