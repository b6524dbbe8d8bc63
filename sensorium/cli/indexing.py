"""Commands that bring a library up to date."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from .shared import FILE, LIBRARY, calibrate, models_of, open_to_write, read_settings


def _choosing(command: Any) -> Any:
    """The options that choose what is looked at."""
    for option in (
        click.option(
            "--fetch", is_flag=True, default=None, help="Fetch what lists of URLs and feeds among PATHS name."
        ),
        click.option("--follow-links", is_flag=True, default=None, help="Follow links to folders."),
        click.option("--hidden", is_flag=True, default=None, help="Also files whose name begins with a dot."),
        click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out what matches; may be repeated."),
        click.option("--include", multiple=True, metavar="PATTERN", help="Only files that match; may be repeated."),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@LIBRARY
@_choosing
@click.option("--changes-to", "feed", type=FILE, help="PATHS hold rows that change this feed; others of it stay.")
@click.option("--strict", is_flag=True, help="End with exit code 1 when a file could not be read.")
@click.option(
    "--retry", is_flag=True, help="Read again what could not be read, and ask again for pictures that did not come."
)
def index(paths: tuple[Path, ...], library_path: Path, feed: Path | None, **options: Any) -> None:
    """Bring a library up to date with what lies at PATHS, making it if need be.

    PATHS are folders, single files, product feeds (.xml, .csv, .tsv, .jsonl, .parquet), which are read row by row, and
    lists of URLs (.urls, .url-list), one in a line. With --fetch these are fetched, and so are the pictures that feeds
    name by URL. Only what is new or has changed is read; what has vanished is removed, and kept for 30 days in case it
    comes back. Ctrl-C stops; what has been read is kept, and the next run goes on from there.

    \b
    sensorium index ~/Pictures --exclude 'raw/' --exclude '*.tif'     patterns as in .gitignore
    sensorium index press.urls --fetch                                http and https, public addresses only
    sensorium index products.xml --fetch                              products with their pictures from the web
    sensorium index changed.csv --changes-to shop.csv                 rows to add, replace or (column deleted) remove
    """
    from sensorium.indexer import index as run
    from sensorium.indexer.scan import FeedChanges, Source
    from sensorium.indexer.terminal import TerminalProgress, print_summary

    strict, retry = options.pop("strict"), options.pop("retry")
    settings = read_settings(**options)
    if feed is not None and (folders := [path for path in paths if path.is_dir()]):
        raise click.UsageError(f"--changes-to takes files of rows, and {folders[0]} is a folder.")
    sources: list[Source] = [FeedChanges(path, feed) if feed is not None else path for path in paths]
    with TerminalProgress() as progress:
        library = open_to_write(library_path, settings)
        models = models_of(library, settings)
        summary = run(sources, library, models, settings=settings, progress=progress, retry=retry)
    calibrate(library, models)
    library.close()
    print_summary(summary)
    if summary.interrupted or (strict and summary.failures):
        sys.exit(1)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@LIBRARY
@_choosing
def watch(paths: tuple[Path, ...], library_path: Path, **options: Any) -> None:
    """Keep a library up to date with PATHS: index them now, and again what changes, until Ctrl-C.

    What is added, changed, renamed, moved or deleted is taken over once it has come to rest for a moment.
    """
    from sensorium.indexer.terminal import TerminalProgress, print_summary
    from sensorium.indexer.watch import Watcher

    settings = read_settings(**options)
    library = open_to_write(library_path, settings)
    models = models_of(library, settings)
    watcher = Watcher(library, models, settings)
    try:
        for changed in watcher.batches(paths):
            with TerminalProgress() as progress:
                summary = watcher.index(changed, progress)
            calibrate(library, models)
            print_summary(summary)
            if summary.interrupted:
                break
            click.echo("Watching. Ctrl-C stops.", err=True)
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
    finally:
        library.close()
