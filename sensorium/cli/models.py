"""Commands about models: what there is, and with which a library is searched."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .shared import LIBRARY, calibrate, load_models, models_of, open_to_write, read_settings

if TYPE_CHECKING:
    from sensorium.library import Library
    from sensorium.models.choice import Choice
    from sensorium.settings import Settings


@click.group(invoke_without_command=True)
@click.pass_context
def models(ctx: click.Context) -> None:
    """List the models, and which of them are on this machine; or change those of a library.

    \b
    sensorium models                                          what there is
    sensorium models use open_clip --library ~/library        fill new vectors, then search with these
    sensorium models back --library ~/library                 search with the former ones again
    sensorium models prune --library ~/library                free the room that the former ones take
    """
    if ctx.invoked_subcommand is not None:
        return
    from sensorium.models.profiles import profiles
    from sensorium.search.terminal import print_models

    settings = read_settings()
    print_models({profile.name: load_models(settings, profile.name) for profile in profiles()})


@models.command()
@click.argument("profile")
@LIBRARY
@click.option("--model", "open_clip_model", help="Architecture for the profile open_clip.")
@click.option("--weights", "open_clip_weights", help="Its pretrained tag, or the path of a checkpoint.")
@click.option("--sentence-model", help="Text encoder beside it: a name or a folder.")
@click.option("--anyway", is_flag=True, help="Switch even if some contents could not be encoded.")
def use(profile: str, library_path: Path, anyway: bool, **named: str | None) -> None:
    """Search a library with the models of PROFILE from now on.

    Every content is encoded anew into vectors of these models, while the present ones go on serving; transcripts and
    other readings stay. Ctrl-C stops; run it again to go on. The switch itself is a moment; `models back` undoes it.
    """
    from sensorium.models.choice import Choice

    settings = read_settings(**named)
    library = open_to_write(library_path, settings)
    _change(library, settings, Choice.of(settings, profile), anyway=anyway)


@models.command()
@LIBRARY
def back(library_path: Path) -> None:
    """Search a library with the models it had before the last change.

    Only what has been indexed since is encoded for them.
    """
    from sensorium.models.choice import Choice

    settings = read_settings()
    library = open_to_write(library_path, settings)
    former = json.loads(library.former_models or "null")
    if former is None:
        raise click.ClickException(f"{library.folder} has had no other models, so there is nothing to go back to.")
    chosen = Choice.from_text(former["models"]) if former["models"] else Choice.of(settings, former["profile"])
    spaces = load_models(chosen.applied(settings), chosen.profile).spaces()
    if former["spaces"] and {tuple(one) for one in json.loads(former["spaces"])} != spaces:
        raise click.ClickException(
            f"The weights that {chosen} had then are not on this machine any more, so there is no way back to them."
        )
    _change(library, settings, chosen, anyway=False)


@models.command()
@LIBRARY
def prune(library_path: Path) -> None:
    """Forget the vectors of all models but those in use, and free their room."""
    settings = read_settings()
    library = open_to_write(library_path, settings)
    used = models_of(library, settings).spaces()
    with library.writing() as writer:
        for space in library.spaces_held():
            if (space.name, space.checksum) not in used:
                writer.drop_space(space.id)
                click.echo(f"{space.name} ({space.checksum[:12]}): {space.vectors:,} vectors removed.")
        with writer.transaction() as write:
            write.put_fact("models_before", "")
        library.remove_index_files(used)
        writer.compact()
    click.echo("What is left is in use.")


def _change(library: Library, settings: Settings, choice: Choice, *, anyway: bool) -> None:
    """Fill the spaces of a choice, then switch to it."""
    from sensorium.indexer.refill import refill
    from sensorium.indexer.terminal import TerminalProgress

    wanted = load_models(choice.applied(settings), choice.profile)
    with library.writing() as writer, TerminalProgress() as progress:
        done = refill(library, wanted, settings=settings, progress=progress, writer=writer)
        whole = not done.interrupted and (anyway or not done.lacking)
        if whole:
            writer.switch(choice.as_text(), choice.profile, wanted.each_space())
    for failure in done.failures[:20]:
        click.echo(f"  failed: {failure}")
    click.echo(f"{done.encoded:,} contents encoded for {choice}, {done.lacking:,} still without a vector.")
    if not whole:
        go_on = "Run the same command again to go on" if done.interrupted else "Nothing was switched; --anyway does"
        click.echo(f"{go_on}.")
        sys.exit(1)
    calibrate(library, wanted, anew=True)
    click.echo(f"{library.folder} is searched with {choice} now. `sensorium models back` undoes it.")
