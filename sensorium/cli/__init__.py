"""The command line, and the only package that knows all the others.

Heavy imports stand inside the commands that need them, so that `--help` and usage errors answer at once.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from sensorium import __version__
from sensorium.errors import SensoriumError
from sensorium.types import Kind, Modality, Part, Query

from . import doctoring, indexing, models, tuning
from .history import history
from .jobs import worker
from .serve import helper, serve
from .shared import AS_JSON, FILE, FUSION, LIBRARY, open_engine, print_json, read_settings
from .similar import similar


class _Commands(click.Group):
    """Every error that a user can cure is printed as one sentence, with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SensoriumError as error:
            click.echo(f"sensorium: {error}", err=True)
            ctx.exit(1)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
@click.option("-v", "--verbose", is_flag=True, help="Say more about what goes on.")
def main(verbose: bool) -> None:
    """Search pictures, text, speech, sound and film with words, a picture, a sound or a film.

    \b
    sensorium index ~/Pictures ~/Recordings shop/feed.csv --library ~/library
    sensorium search "a dog on the beach" --library ~/library
    sensorium serve --library ~/library

    Settings are read from the environment as SENSORIUM_<NAME>; the README lists them.
    """
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(name)s: %(message)s")


@main.command()
@click.argument("words", required=False)
@click.option("--image", "images", multiple=True, type=FILE, help="A picture as an example; may be repeated.")
@click.option("--audio", "sounds", multiple=True, type=FILE, help="A recording as an example; may be repeated.")
@click.option("--video", "films", multiple=True, type=FILE, help="A film as an example; may be repeated.")
@click.option("--weights", help="Weights of the parts in order (words, pictures, sounds, films), such as 1,0.5.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice([k.value for k in Kind]), help="Only such items.")
@click.option("--folder", type=click.Path(path_type=Path), help="Only items below this folder.")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 1000), help="Hits on a page.")
@click.option("--page", default=1, show_default=True, type=click.IntRange(1, 1000), help="Which page of hits.")
@click.option("--variety", default=0.0, type=click.FloatRange(0, 1), help="How different hits should be, 0 to 1.")
@click.option("--fold/--no-fold", default=True, help="Show near-duplicates as one hit (the default), or each.")
@click.option("--cut", is_flag=True, help="Leave out hits that do not pass the false-accept rate.")
@click.option(
    "--false-accept", type=click.FloatRange(0, 1, min_open=True, max_open=True), help="That rate.  [default: 0.05]"
)
@click.option("--explain", is_flag=True, help="Say more of why each hit is there: every channel, and what it is worth.")
@click.option("--cursor", default="", help="Go on after the answer with this cursor, which its JSON names.")
@click.option("--server/--no-server", default=True, help="Ask a running service of the library (the default), or not.")
@click.option("--facets", default="", help="Count the result by these attributes, such as brand,price:5; * for any.")
@FUSION
@LIBRARY
@AS_JSON
def search(
    words: str | None, images: tuple[Path, ...], sounds: tuple[Path, ...], films: tuple[Path, ...], **options: Any
) -> None:
    """Search with WORDS, with examples, or with both at once.

    WORDS may hold phrases, filters and more; docs/query.md describes the language:

    \b
    sensorium search "red shoe -leather price<50 brand:Acme sort:price"
    sensorium search 'said:"the budget" date>=2023'
    sensorium search "like:17 but in blue" --facets brand,price
    """
    from sensorium.history import History
    from sensorium.jsonform import answer_as_json, plan_as_json
    from sensorium.search.compose import compose
    from sensorium.search.paging import nth_page
    from sensorium.search.printing import print_query
    from sensorium.search.terminal import print_answer

    examples = [
        Part(modality, path=path.resolve())
        for modality, paths in ((Modality.PICTURE, images), (Modality.SOUND, sounds), (Modality.FILM, films))
        for path in paths
    ]
    if not (words or examples or options["kinds"] or options["folder"]):
        raise click.UsageError("Give words, or an example with --image, --audio or --video.")
    typed, *weights = _weights(options["weights"], [words, *examples])
    examples = [replace(part, weight=weight) for part, weight in zip(examples, weights, strict=True)]
    if not examples and _search_served(words, options):
        return
    engine = open_engine(options["library_path"], fusion=options["fusion"], false_accept=options["false_accept"])
    fields = engine.library.fields()
    given = {name: options[name] for name in ("limit", "cursor", "variety", "fold", "facets", "explain", "cut")}
    given["kinds"] = tuple(Kind(kind) for kind in options["kinds"])
    given["folder"] = options["folder"].resolve() if options["folder"] else None
    query = compose(words or "", fields, weight=typed, parts=examples, **given)
    answer = nth_page(engine.search, query, options["page"])
    if not query.cursor:
        History(engine.library.folder, kept=read_settings().history).remember(print_query(query, fields))
    if options["as_json"]:
        plan = {"plan": plan_as_json(answer)} if query.explain else {}
        print_json({"query": print_query(query, fields), **answer_as_json(answer), **plan})
    else:
        print_answer(answer, page=options["page"], limit=options["limit"], plan=query.explain)


def _search_served(words: str | None, options: dict[str, Any]) -> bool:
    """Print what a running service answers. False where there is none, or none that can."""
    from .served import ServiceLost, find_service

    served = find_service(options["library_path"], read_settings(), words, options)
    if served is None:
        return False
    from sensorium.search.paging import nth_page
    from sensorium.search.terminal import print_answer

    try:
        answer = nth_page(served.search, Query(cursor=options["cursor"]), options["page"])
    except ServiceLost:
        return False
    if options["as_json"]:
        print_json({**served.document, "hits": served.document["hits"] if answer.hits else []})
    else:
        print_answer(answer, page=options["page"], limit=options["limit"], plan=options["explain"])
    return True


def _weights(given: str | None, parts: list[str | Part | None]) -> list[float]:
    """A weight for each part; the words, which come first, have one even where there are none."""
    if given is None:
        return [1.0] * len(parts)
    try:
        numbers = [float(number) for number in given.split(",")]
    except ValueError as error:
        raise click.BadParameter("weights are numbers separated by commas.", param_hint="--weights") from error
    wanted = len(parts) - (not parts[0])
    if len(numbers) != wanted:
        raise click.BadParameter(f"{wanted} parts need {wanted} weights.", param_hint="--weights")
    return numbers if parts[0] else [1.0, *numbers]


@main.command()
@LIBRARY
@AS_JSON
def status(library_path: Path, as_json: bool) -> None:
    """Say what a library holds, and what could not be read."""
    from sensorium.jsonform import status_as_json
    from sensorium.library import Library
    from sensorium.search.terminal import print_status

    found = Library.open(library_path.resolve()).status()
    if as_json:
        print_json(status_as_json(found))
    else:
        print_status(found)


@main.command()
@click.argument("corpus", type=click.Path(exists=True, file_okay=False, path_type=Path))
@LIBRARY
@click.option("--task", "tasks", multiple=True, help="Only this task; may be repeated.")
@click.option("--per-query", type=click.Path(dir_okay=False, path_type=Path), help="Write a JSON line per query here.")
@FUSION
@AS_JSON
def evaluate(
    corpus: Path, library_path: Path, tasks: tuple[str, ...], per_query: Path | None, fusion: str | None, as_json: bool
) -> None:
    """Ask the judged queries of CORPUS (manifest.jsonl, queries.jsonl), and print how well they are answered."""
    from rich.console import Console

    from sensorium.search.evaluation import evaluate as run
    from sensorium.search.evaluation import evaluation_as_json, evaluation_table, write_per_query
    from sensorium.search.terminal import progress

    with progress("Asking the judged queries") as moved:
        evaluation = run(open_engine(library_path, fusion=fusion), corpus, tasks=tasks, progress=moved)
    if per_query is not None:
        write_per_query(evaluation, per_query)
    if as_json:
        print_json(evaluation_as_json(evaluation))
    else:
        Console().print(evaluation_table(evaluation))


for command in (indexing.index, indexing.watch, doctoring.doctor, models.models, similar, history, tuning.tune):
    main.add_command(command)
for command in (serve, helper, worker):
    main.add_command(command)


if __name__ == "__main__":
    main()
