"""`sensorium tune`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .shared import AS_JSON, LIBRARY, models_of, print_json, read_settings

if TYPE_CHECKING:
    from sensorium.library import Library
    from sensorium.search.collect import Collected
    from sensorium.search.fusion.weights import Weights

DEPTH = 100
"""Segments of each channel, as a search asks."""


@click.command()
@click.argument("corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
@LIBRARY
@click.option(
    "--tries", default=60, type=click.IntRange(1), show_default=True, help="How many sets of weights are tried."
)
@click.option(
    "--per-task",
    default=80,
    type=click.IntRange(1),
    show_default=True,
    help="Judged queries of each task that are asked at most.",
)
@click.option("--task", "tasks", multiple=True, help="Only this task; may be repeated.")
@click.option("--combiner", is_flag=True, help="Learn the weights of the fusion `combined` instead.")
@click.option("--dry-run", is_flag=True, help="Only say what would be gained.")
@click.option("--reset", is_flag=True, help="Go back to the weights that Sensorium ships with.")
@AS_JSON
def tune(
    corpus: Path | None, library_path: Path, tries: int, per_task: int, tasks: tuple[str, ...], combiner: bool,
    dry_run: bool, reset: bool, as_json: bool,
) -> None:  # fmt: skip
    """Learn from the judged queries of CORPUS (manifest.jsonl, queries.jsonl) how to weigh the channels.

    The weights found are kept in the library if they answer held-out queries better, beyond doubt; otherwise the
    present ones stay.
    """
    from sensorium.library import Library
    from sensorium.media.reader import MediaReader
    from sensorium.search.collect import collect
    from sensorium.search.corpus import read_corpus
    from sensorium.search.fusion.weights import FACT, from_json
    from sensorium.search.terminal import progress
    from sensorium.search.tune import sample_by_task
    from sensorium.search.tune import tune as run

    library = Library.open(library_path.resolve())
    if reset:
        _reset(library)
        return
    if corpus is None:
        raise click.UsageError("Name the folder of judged queries, or --reset.")
    settings = read_settings()
    models, media = models_of(library, settings), MediaReader(settings)
    queries = sample_by_task(read_corpus(corpus, tasks), per_task)
    with progress("Asking the judged queries") as moved:
        collected = collect(library, models, media, queries, depth=DEPTH, progress=moved)
    media.close()
    present = from_json(library.fact(FACT))
    if combiner:
        _combine(library, collected, present, dry_run=dry_run, as_json=as_json)
        return
    with progress("Trying weights") as moved:
        try:
            tuned = run(collected, present, tries=tries, progress=moved)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    adopt = tuned.better and not dry_run
    if adopt:
        with library.writing() as writer, writer.transaction() as write:
            write.put_fact(FACT, tuned.weights.as_json())
    if as_json:
        print_json({**asdict(tuned), "better": tuned.better, "adopted": adopt})
        return
    _print(tuned.before, tuned.after)
    low, high = tuned.interval
    click.echo(f"Held-out queries gain {tuned.gain:+.4f} [{low:+.4f}, {high:+.4f}] by choosing anew.")
    told = [f"{name} {value:g}" for name, value in asdict(tuned.weights).items() if value != getattr(present, name)]
    click.echo(f"Best weights: {', '.join(told) or 'the present ones'}.")
    if adopt:
        click.echo("They are kept in the library; `sensorium tune --reset` goes back.")
    elif dry_run or tuned.better:
        click.echo("Nothing was changed.")
    else:
        click.echo("That is not beyond doubt: nothing was changed.")


def _reset(library: Library) -> None:
    from sensorium.search.fusion import combined, weights

    with library.writing() as writer, writer.transaction() as write:
        write.put_fact(weights.FACT, weights.SHIPPED.as_json())
        write.put_fact(combined.FACT, "")
    click.echo("The library is searched with the weights that Sensorium ships with.")


def _combine(
    library: Library, collected: Sequence[Collected], weights: Weights, *, dry_run: bool, as_json: bool
) -> None:
    """Learn the linear combiner, and keep it where held-out queries are answered better."""
    from sensorium.search.fusion.combined import FACT
    from sensorium.search.learning import learn_combiner

    try:
        learned = learn_combiner(collected, weights)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    adopt = learned.better and not dry_run
    if adopt:
        with library.writing() as writer, writer.transaction() as write:
            write.put_fact(FACT, learned.combiner.as_json())
    if as_json:
        print_json({**asdict(learned), "better": learned.better, "adopted": adopt})
        return
    low, high = learned.interval
    click.echo(f"Held-out queries gain {learned.gain:+.4f} [{low:+.4f}, {high:+.4f}] by what is learned.")
    click.echo("It is kept in the library; --fusion combined asks with it." if adopt else "Nothing was changed.")


def _print(before: dict[str, float], after: dict[str, float]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("task", title="Mean of success within ten and reciprocal rank, on the queries tuned by")
    for name in ("present", "best", "change"):
        table.add_column(name, justify="right")
    for task, value in before.items():
        table.add_row(task, f"{value:.3f}", f"{after[task]:.3f}", f"{after[task] - value:+.3f}")
    mean_before, mean_after = (sum(one.values()) / len(one) for one in (before, after))
    table.add_section()
    table.add_row("mean", f"{mean_before:.3f}", f"{mean_after:.3f}", f"{mean_after - mean_before:+.3f}")
    Console().print(table)
