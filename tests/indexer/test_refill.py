"""Other models: their spaces are filled while those in use serve, and nothing is lost on the way."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from sensorium.cli import main
from sensorium.errors import LibraryMismatch
from sensorium.indexer import index
from sensorium.indexer.progress import Silent, Stage
from sensorium.indexer.refill import refill
from sensorium.library import DATABASE, Library
from sensorium.models.model_set import ModelSet, Recipe
from sensorium.models.profiles import register_profile
from sensorium.settings import Settings
from sensorium.types import Channel, Space
from tests.fakes import FAKE_SPACE, FakePictureEncoder, FakeTextEncoder, fake_models, fake_recipe, register_fake_profile

OTHER = Space("owner/other", 32, "0th3r-weights")


def other_recipe(space=OTHER):
    return Recipe(pictures=lambda: FakePictureEncoder(space), texts=(lambda: FakeTextEncoder(space),))


@pytest.fixture
def filled(shop, shelf):
    shelf.index(shop / "photos", shop / "goods" / "feed.jsonl")
    return shelf.library


def fill(library, models, progress=None):
    with library.writing() as writer:
        return refill(
            library, models, settings=Settings(workers=1, batch_size=2), progress=progress or Silent(), writer=writer
        )


def held(library, space):
    """Channel → path and picture number → vector, of all that a space holds."""
    found = {}
    for channel in Channel:
        ids, rows = library.vectors(space, channel)
        found[channel] = dict(zip(ids.tolist(), rows.round(3).tolist(), strict=True))
    return found


class StopAfter:
    def __init__(self, items):
        self.items = items
        self.done = 0

    def report(self, state):
        self.done = max(each.done for each in state.stages if each.stage is Stage.COMMIT)

    def stopped(self):
        return self.done >= self.items


def test_every_content_gets_the_vectors_of_the_other_models(filled):
    before = held(filled, FAKE_SPACE)
    models = ModelSet("other", other_recipe())
    done = fill(filled, models)
    assert (done.lacking, done.failures, done.interrupted) == (0, [], False)
    assert done.encoded == models.pictures.encoded + models.texts[0].encoded
    assert held(filled, OTHER) == before  # the fakes see alike; segment by segment
    assert held(filled, FAKE_SPACE) == before
    probe = models.texts[0].encode_texts(["red"])
    assert (
        filled.nearest(OTHER, Channel.PICTURE, probe, 9).ids.tolist()
        == filled.nearest(FAKE_SPACE, Channel.PICTURE, probe, 9).ids.tolist()
    )


def test_a_filling_that_was_stopped_goes_on_where_it_was(filled, shop, shelf):
    for number in range(60):
        Image.new("RGB", (30, 20), (number, 255 - number, 99)).save(shop / "photos" / f"{number}.png")
    shelf.index(shop / "photos")
    models = ModelSet("other", other_recipe())
    first = fill(filled, models, StopAfter(2))
    assert first.interrupted
    filled.require_spaces(fake_models().each_space())  # the library is still that of the former models
    with pytest.raises(LibraryMismatch):
        filled.require_spaces(models.each_space())
    second = fill(filled, models)
    assert (second.interrupted, second.lacking) == (False, 0)
    once = ModelSet("other", other_recipe(Space("once", 32, "x")))
    assert first.encoded + second.encoded == fill(filled, once).encoded
    assert fill(filled, models).encoded == 0


class LookingPictures(FakePictureEncoder):
    """Writes what pictures look like into a second space."""

    look_space = Space("owner/looks", 4, "l00k5")

    def encode_with_looks(self, pictures):
        looks = np.eye(4, dtype=np.float32)[[int(picture.mean()) % 4 for picture in pictures]]
        return np.hstack([self.encode_pictures(pictures), looks])


def looking_models():
    return ModelSet("fake", replace(fake_recipe(), pictures=LookingPictures))


def as_made_before_spaces_were_written_down(library):
    with closing(sqlite3.connect(library.folder / DATABASE)) as connection, connection:
        connection.execute("DELETE FROM fact WHERE name IN ('spaces', 'filled')")


def test_indexing_fills_what_a_library_of_an_older_program_lacks_once(filled, shop, shelf):
    as_made_before_spaces_were_written_down(filled)
    shelf.models = looking_models()
    assert len(filled.vectors(LookingPictures.look_space, Channel.PICTURE)[0]) == 0
    summary = shelf.index(shop / "photos")
    assert (summary.indexed, summary.failures) == (0, [])
    assert any("were given them" in note for note in summary.notes)
    ids = filled.vectors(LookingPictures.look_space, Channel.PICTURE)[0]
    assert ids.tolist() == filled.vectors(FAKE_SPACE, Channel.PICTURE)[0].tolist()
    probe = np.eye(4, dtype=np.float32)[:1]
    assert sorted(filled.nearest(LookingPictures.look_space, Channel.PICTURE, probe, 5).ids[0]) == sorted(ids)
    encoded = shelf.models.pictures.encoded
    assert shelf.index(shop / "photos").notes == []
    assert shelf.models.pictures.encoded == encoded


def test_filling_what_an_older_library_lacks_goes_on_after_a_stop(filled, shop, shelf):
    for number in range(60):
        Image.new("RGB", (30, 20), (number, 255 - number, 99)).save(shop / "photos" / f"{number}.png")
    shelf.index(shop / "photos")
    as_made_before_spaces_were_written_down(filled)
    models = looking_models()
    settings = Settings(workers=1, batch_size=2)
    first = index([shop / "photos"], filled, models, settings=settings, progress=StopAfter(2))
    assert first.interrupted
    second = index([shop / "photos"], filled, models, settings=settings)
    assert not second.interrupted
    assert len(filled.vectors(LookingPictures.look_space, Channel.PICTURE)[0]) == 65
    assert models.pictures.encoded == 65


def test_what_was_indexed_meanwhile_is_filled_as_well(filled, shop, shelf):
    models = ModelSet("other", other_recipe())
    fill(filled, models)
    (shop / "photos" / "more.txt").write_text("The tide is out.")
    shelf.index(shop / "photos")
    done = fill(filled, models)
    assert (done.encoded, done.lacking) == (2, 0)  # its text and its name
    assert held(filled, OTHER) == held(filled, FAKE_SPACE)


def test_a_picture_whose_file_has_gone_is_seen_by_its_thumbnail(filled, shop):
    shutil.rmtree(shop / "photos")
    done = fill(filled, ModelSet("other", other_recipe()))
    assert done.lacking == 0
    ids, rows = filled.vectors(OTHER, Channel.PICTURE)
    _, expected = filled.vectors(FAKE_SPACE, Channel.PICTURE)
    assert len(ids) == 5
    assert ((rows * expected).sum(axis=1) > 0.99).all()


def test_what_cannot_be_had_any_more_is_named_and_nothing_switched(filled, shop):
    shutil.rmtree(shop / "photos")
    for thumbnail in (filled.folder / "thumbs").rglob("*.jpg"):
        thumbnail.unlink()
    done = fill(filled, ModelSet("other", other_recipe()))
    assert done.lacking == 3
    assert sorted(failure.path.name for failure in done.failures) == ["blue.png", "green.png", "red.png"]


@pytest.fixture
def run(monkeypatch):
    register_fake_profile()
    register_profile("other", lambda _: other_recipe())
    monkeypatch.setenv("SENSORIUM_PROFILE", "fake")
    monkeypatch.setenv("SENSORIUM_WORKERS", "1")
    return lambda *arguments: CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_library_changes_its_models_and_back_and_frees_the_room(run, shop, tmp_path):
    place = ("--library", tmp_path / "library")
    assert run("index", shop / "photos", *place).exit_code == 0

    def first_hit():
        return run("search", "a red picture", *place, "--json").output

    assert "red.png" in first_hit()
    used = run("models", "use", "other", *place)
    assert (used.exit_code, "is searched with other" in used.output) == (0, True), used.output
    library = Library.open(tmp_path / "library")
    assert library.profile == "other"
    assert "red.png" in first_hit()
    assert {space.name for space in library.spaces_held()} == {"fake", "owner/other"}
    (shop / "photos" / "new.txt").write_text("something new")
    assert "1 indexed" in run("index", shop / "photos", *place).output
    back = run("models", "back", *place)
    assert "1 contents encoded for fake," in back.output, back.output
    assert library.profile == "fake"
    assert "red.png" in first_hit()
    pruned = run("models", "prune", *place)
    assert "owner/other" in pruned.output, pruned.output
    assert [space.name for space in library.spaces_held()] == ["fake"]
    assert not [path for path in (tmp_path / "library" / "vectors").iterdir() if "other" in path.name]
    assert run("models", "back", *place).exit_code == 1
    library.close()


def test_renewed_weights_are_told_with_the_cure_and_adopted_without_loss(run, shop, tmp_path):
    """A release brings other weights of the same model: the library says what to do, and it is done in one command."""
    place = ("--library", tmp_path / "library")
    run("index", shop / "photos", *place)
    renewed = Space("fake", 32, "weights of the next release")
    register_profile("fake", lambda _: other_recipe(renewed))
    refused = run("search", "red", *place)
    assert refused.exit_code == 1
    assert "sensorium models use fake" in refused.output
    assert run("index", shop / "photos", *place).exit_code == 1
    assert run("models", "use", "fake", *place).exit_code == 0
    assert "red.png" in run("search", "a red picture", *place, "--json").output
    assert "0 indexed, 4 unchanged" in run("index", shop / "photos", *place).output
    assert "not on this machine any more" in run("models", "back", *place).output
