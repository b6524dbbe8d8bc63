"""Contents are encoded once, in full batches, and a unit is finished when nothing of it is missing."""

from pathlib import Path

import numpy as np
import pytest

from sensorium.catalogue.drafts import Failure, ItemDraft, SegmentDraft
from sensorium.indexer.lanes import TEXT_BATCHES, Lanes
from sensorium.indexer.outcome import Outcome
from sensorium.indexer.segment import Prepared
from sensorium.types import Channel, Kind
from tests.fakes import fake_models

SQUARE = np.zeros((4, 4, 3), np.uint8)


def outcome(name, pictures=(), texts=()):
    segments = tuple(SegmentDraft(Channel.TEXT, f"text:{text}", text=text) for text in texts)
    draft = ItemDraft(name, Kind.DOCUMENT, name, Path(name), "", segments=segments)
    return Outcome(Prepared(draft, {f"picture:{key}": SQUARE for key in pictures}))


def names(finished):
    return [each.prepared.draft.uri for each in finished]


def lanes_of(models, held=frozenset(), batch_size=2):
    return Lanes(models, lambda _space, keys: {key for key in keys if key in held}, batch_size)


def run(lanes, *, rest):
    return [(len(encoded[0].keys) if encoded else 0, names(done)) for encoded, done in lanes.run(rest=rest)]


def test_pictures_wait_for_a_full_batch_and_then_for_the_end():
    models = fake_models()
    lanes = lanes_of(models)
    lanes.add([outcome("a", "1")])
    assert run(lanes, rest=False) == []
    lanes.add([outcome("b", "2"), outcome("c", "3")])
    assert run(lanes, rest=False) == [(2, ["a", "b"])]
    assert run(lanes, rest=True) == [(1, ["c"])]
    assert (models.pictures.calls, models.pictures.encoded) == (2, 3)


def test_texts_and_pictures_fill_batches_of_their_own():
    models = fake_models()
    lanes = lanes_of(models, batch_size=4)
    lanes.add([outcome(str(n), [n], ["same"]) for n in range(4)])
    assert run(lanes, rest=False) == [(4, [])]  # the pictures are encoded, the one text waits
    texts = 4 * TEXT_BATCHES
    lanes.add([outcome("long", (), [f"p{n}" for n in range(2 * texts)])])
    assert run(lanes, rest=False) == [(texts, ["0", "1", "2", "3"]), (texts, [])]
    assert run(lanes, rest=True) == [(1, ["long"])]


def test_a_content_is_encoded_once_whoever_holds_it():
    models = fake_models()
    lanes = lanes_of(models, held={"picture:old"})
    lanes.add([outcome("known", ["old"]), outcome("a", ["1"]), outcome("b", ["1", "2"]), outcome("c", ["1", "old"])])
    assert run(lanes, rest=True) == [(2, ["known", "a", "c", "b"])]
    lanes.add([outcome("later", ["1"])])  # not in the catalogue yet, but encoded
    assert run(lanes, rest=True) == [(0, ["later"])]
    assert models.pictures.encoded == 2


def test_failures_pass_through():
    lanes = lanes_of(fake_models())
    failed = Outcome(None, (Failure("x", Path("x"), "", "broken"),))
    lanes.add([failed])
    assert [done for _, done in lanes.run(rest=True)] == [[failed]]


def test_what_is_finished_holds_no_pixels():
    lanes = lanes_of(fake_models())
    lanes.add([outcome("a", ["1"], ["words"])])
    finished = [each for _, done in lanes.run(rest=True) for each in done]
    assert [(each.prepared.pixels, len(each.prepared.draft.segments)) for each in finished] == [({}, 1)]


def test_several_batches_of_texts_weigh_no_more_than_a_batch_of_pictures_and_a_book_weighs_what_is_in_it():
    pictures = sum(outcome(str(n), [n]).weight for n in range(64))
    assert sum(outcome(str(n), (), [n]).weight for n in range(TEXT_BATCHES * 64)) <= pictures
    assert outcome("book", (), range(1000)).weight == pytest.approx(1000 * outcome("page", (), [1]).weight)
    assert outcome("film", range(30), range(3)).weight == 30
