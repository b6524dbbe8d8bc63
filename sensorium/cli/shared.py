"""What several commands have in common."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sensorium.library import Library
    from sensorium.models.model_set import ModelSet
    from sensorium.search.engine import Engine
    from sensorium.settings import Settings

LIBRARY = click.option(
    "--library", "library_path", type=click.Path(file_okay=False, path_type=Path), required=True,
    envvar="SENSORIUM_LIBRARY", help="The library's folder. Also read from SENSORIUM_LIBRARY.",
)  # fmt: skip
FUSION = click.option(
    "--fusion", help="How channels' answers are joined: a name from docs/cli.md.  [default: discounted]"
)
RULE = "chances_by"
"""The library's fact that tells which of the shipped weights what nonsense finds was measured with."""
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts; docs/cli.md describes it.")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def read_settings(**given: Any) -> Settings:
    """The settings of the environment; options that were given win."""
    from sensorium.settings import load_settings

    chosen = {name: value for name, value in given.items() if value not in (None, ())}
    return load_settings().model_copy(update=chosen)


def load_models(settings: Settings, profile: str) -> ModelSet:
    from sensorium.models.profiles import load_models as load

    return load(settings, profile)


def models_of(library: Library, settings: Settings) -> ModelSet:
    """The models that a library is searched with; the settings name them where the library does not."""
    from sensorium.models.choice import Choice

    chosen = library.models
    named = Choice.from_text(chosen).applied(settings) if chosen else settings
    return load_models(named, library.profile)


def open_engine(library_path: Path, *, live: bool = False, **given: Any) -> Engine:
    """An engine on a library; a `live` one follows a change of its models. What is `given` wins over its settings."""
    from sensorium.indexes.options import IndexOptions
    from sensorium.library import Library
    from sensorium.media.reader import MediaReader
    from sensorium.search import live as following
    from sensorium.search.engine import Engine
    from sensorium.search.rerank import make_reranker

    settings = read_settings(**given)
    library = Library.open(library_path.resolve(), IndexOptions.from_settings(settings))
    media = MediaReader(settings)

    def make() -> Engine:
        models = models_of(library, settings)
        library.require_spaces([encoder.space for encoder in models.texts])
        reranker = make_reranker(settings)
        return Engine(library, models, media, reranker, fusion=settings.fusion, false_accept=settings.false_accept)

    return following.live(library, make) if live else make()


def open_to_write(library_path: Path, settings: Settings) -> Library:
    """The library, made if need be, in a folder of its own: what else lies in a library's folder is never indexed."""
    from sensorium.errors import LibraryError
    from sensorium.indexes.options import IndexOptions
    from sensorium.library import DATABASE, Library
    from sensorium.storage import MADE_FIRST

    folder = library_path.resolve()
    try:
        found = {path.name for path in folder.iterdir() if path.name[0] != "."} if folder.is_dir() else set()
    except OSError as error:
        raise LibraryError(f"{folder} cannot be looked into: {error.strerror}. Name a folder that can.") from error
    others = sorted(found.difference(MADE_FIRST))
    if others and DATABASE not in others:
        raise LibraryError(
            f"{folder} holds other files ({others[0]}), and a library takes a folder of its own. Name a new one."
        )
    return Library.open_or_create(folder, settings.profile, IndexOptions.from_settings(settings))


def calibrate(library: Library, models: ModelSet, *, anew: bool = False) -> None:
    """Measure the backgrounds where the library has changed, also after a run that was killed before it did; and what
    nonsense finds, where it has changed much.

    That is measured in surpluses as the shipped weights make them, and asked with these too, so that weights that are
    adopted change nothing in it; a later version's shipped ones do."""
    from sensorium.search import calibrate as backgrounds
    from sensorium.search import chance
    from sensorium.search.fusion.weights import SHIPPED
    from sensorium.search.terminal import progress
    from sensorium.search.trial import fit_chances

    rule = json.dumps({"second_look": SHIPPED.second_look, "free": SHIPPED.free})
    anew = anew or library.fact(RULE) not in (None, rule)
    seq, counts = library.last_seq(), library.segment_counts()
    changes = seq - int(library.fact("calibrated_seq") or 0)
    measured = json.loads(library.fact(backgrounds.FACT) or "[]")
    if not anew and (changes == 0 or not backgrounds.outdated(counts, measured=measured, changes=changes)):
        return
    fitted = backgrounds.fit(library, models)
    grown = chance.outgrown(counts, {} if anew else json.loads(library.fact(chance.FACT) or "{}"))
    if grown:
        with progress("Measuring what nonsense finds"):
            fitted |= fit_chances(library, models, fitted)
    with library.writing() as writer, writer.transaction() as write:
        write.put_fact("calibrated_seq", str(seq))
        write.put_fact(backgrounds.FACT, json.dumps(sorted(counts)))
        if grown or anew:  # one that is too small to be asked by now is, once it is large enough
            write.put_fact(chance.FACT, json.dumps(counts if grown else {}))
            write.put_fact(RULE, rule)
        for key, background in fitted.items():
            write.put_background(key, background.scores, background.surprises)


def print_json(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
