"""The command line, and the only module that knows all the others.

Heavy imports stand inside the commands that need them, so that `--help` and usage errors answer at once.
"""

from __future__ import annotations

import json
import logging
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sensorium import __version__
from sensorium.errors import SensoriumError
from sensorium.types import Kind, Modality, Part

if TYPE_CHECKING:
    from sensorium.models.model_set import ModelSet
    from sensorium.search.engine import Engine
    from sensorium.settings import Settings

LIBRARY = click.option(
    "--library", "library_path", type=click.Path(file_okay=False, path_type=Path), required=True,
    envvar="SENSORIUM_LIBRARY", help="The library's folder. Also read from SENSORIUM_LIBRARY.",
)  # fmt: skip
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts; docs/cli.md describes it.")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


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
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@LIBRARY
@click.option("--strict", is_flag=True, help="End with exit code 1 when a file could not be read.")
@click.option("--retry", is_flag=True, help="Read again what could not be read before.")
def index(paths: tuple[Path, ...], library_path: Path, strict: bool, retry: bool) -> None:
    """Bring a library up to date with what lies at PATHS, making it if need be.

    PATHS are folders, single files, and product feeds (.jsonl, .csv, .parquet), which are read row by row. Only what
    is new or has changed is read; what has vanished is removed. Ctrl-C stops; what is done is kept, and the next
    run goes on from there.
    """
    from sensorium.indexer import index as run
    from sensorium.indexer.terminal import TerminalProgress, print_summary
    from sensorium.indexes.options import IndexOptions
    from sensorium.library import Library
    from sensorium.search import calibrate

    settings = _settings()
    with TerminalProgress() as progress:
        library = Library.open_or_create(library_path.resolve(), settings.profile, IndexOptions.from_settings(settings))
        models = _models(settings, library.profile)
        summary = run(paths, library, models, settings=settings, progress=progress, retry=retry)
    if not library.calibrated():  # also after a run that was killed before it came to this
        with library.writing() as writer, writer.transaction() as write:
            write.put_fact("calibrated_seq", str(library.last_seq()))
            for key, background in calibrate.fit(library, models).items():
                write.put_background(key, background.scores, background.surprises)
    library.close()
    print_summary(summary)
    if summary.interrupted or (strict and summary.failures):
        sys.exit(1)


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
@click.option("--explain", is_flag=True, help="Say more of why each hit is there: every channel, and what it is worth.")
@click.option("--cursor", default="", help="Go on after the answer with this cursor, which its JSON names.")
@click.option("--facets", default="", help="Count the result by these attributes, such as brand,price:5; * for any.")
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
    engine = _engine(options["library_path"])
    fields = engine.library.fields()
    given = {name: options[name] for name in ("limit", "cursor", "variety", "fold", "facets", "explain")}
    given["kinds"] = tuple(Kind(kind) for kind in options["kinds"])
    given["folder"] = options["folder"].resolve() if options["folder"] else None
    query = compose(words or "", fields, weight=typed, parts=examples, **given)
    answer = nth_page(engine.search, query, options["page"])
    if options["as_json"]:
        plan = {"plan": plan_as_json(answer)} if query.explain else {}
        _print_json({"query": print_query(query, fields), **answer_as_json(answer), **plan})
    else:
        print_answer(answer, page=options["page"], limit=options["limit"], plan=query.explain)


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
@click.option("--host", help="Address to listen on; 0.0.0.0 lets other machines in.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.  [default: 7700]")
def serve(library_path: Path, host: str | None, port: int | None) -> None:
    """Open the search page and the HTTP API on a library."""
    from sensorium.web import create_app
    from sensorium.web.server import serve as run

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = _settings().model_copy(update=given)
    engine = _engine(library_path)
    engine.warm()
    app = create_app(engine, settings)
    with engine.measuring() if settings.measure else nullcontext():
        run(
            app,
            settings,
            announce=lambda url: click.echo(f"Sensorium serves {library_path} on {url} (Ctrl-C stops it)."),
        )


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
        _print_json(status_as_json(found))
    else:
        print_status(found)


@main.command()
def models() -> None:
    """List the models, and which of them are on this machine."""
    from sensorium.models.profiles import profiles
    from sensorium.search.terminal import print_models

    settings = _settings()
    print_models({profile.name: _models(settings, profile.name) for profile in profiles()})


@main.command()
@click.argument("corpus", type=click.Path(exists=True, file_okay=False, path_type=Path))
@LIBRARY
@click.option("--task", "tasks", multiple=True, help="Only this task; may be repeated.")
@click.option("--per-query", type=click.Path(dir_okay=False, path_type=Path), help="Write a JSON line per query here.")
@AS_JSON
def evaluate(corpus: Path, library_path: Path, tasks: tuple[str, ...], per_query: Path | None, as_json: bool) -> None:
    """Ask the judged queries of CORPUS (manifest.jsonl, queries.jsonl), and print how well they are answered."""
    from rich.console import Console

    from sensorium.search.evaluation import evaluate as run
    from sensorium.search.evaluation import evaluation_as_json, evaluation_table, write_per_query
    from sensorium.search.terminal import progress

    with progress("Asking the judged queries") as moved:
        evaluation = run(_engine(library_path), corpus, tasks=tasks, progress=moved)
    if per_query is not None:
        write_per_query(evaluation, per_query)
    if as_json:
        _print_json(evaluation_as_json(evaluation))
    else:
        Console().print(evaluation_table(evaluation))


def _settings() -> Settings:
    from sensorium.settings import load_settings

    return load_settings()


def _models(settings: Settings, profile: str) -> ModelSet:
    from sensorium.models.profiles import load_models

    return load_models(settings, profile)


def _engine(library_path: Path) -> Engine:
    from sensorium.indexes.options import IndexOptions
    from sensorium.library import Library
    from sensorium.media.reader import MediaReader
    from sensorium.search.engine import Engine
    from sensorium.search.rerank import make_reranker

    settings = _settings()
    library = Library.open(library_path.resolve(), IndexOptions.from_settings(settings))
    models = _models(settings, library.profile)
    library.require_spaces([encoder.space for encoder in models.texts])
    return Engine(library, models, MediaReader(settings), make_reranker(settings))


def _print_json(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
