"""What nonsense finds, asked all at once."""

from __future__ import annotations

import numpy as np
import pytest

from sensorium.models.model_set import ModelSet
from sensorium.models.remembered import Remembered
from sensorium.search.asked import understand
from sensorium.search.calibrate import calibrate
from sensorium.search.fusion.claims import claims_of
from sensorium.search.fusion.weights import SHIPPED
from sensorium.search.retrieve import retrieve
from sensorium.search.selection import Selection
from sensorium.search.trial import (
    DEPTH,
    ask_examples,
    ask_texts,
    over_all,
    written_examples,
    written_salads,
    written_texts,
)
from sensorium.types import Channel, Modality, Part, Query
from tests.fakes import fake_recipe

TEXTS = ["mix flour and water", "xylograph quibble", "a red square", "", "loaf"]


def as_a_query(engine, text, backgrounds):
    """The best claims of one text, found as the engine finds."""
    if not text:
        return {}
    library, models = engine.library, engine.models
    asked = understand(Query((Part(Modality.TEXT, text=text),)), library, models, engine._media)
    selection = Selection.of(Query(()), library)
    matches = retrieve(asked, library, models, selection=selection, depth=DEPTH).matches
    found = calibrate(matches, backgrounds, selection.snapshot.owners)
    return claims_of([one for one in found if len(one)], SHIPPED).best()


def test_texts_asked_at_once_find_what_each_finds_as_a_query(engine):
    backgrounds = engine.library.backgrounds()
    together = ask_texts(written_texts(TEXTS, engine.models), engine.library, engine.models, backgrounds)
    assert {Channel.TEXT, Channel.PICTURE} <= set(together)
    for number, text in enumerate(TEXTS):
        for channel, surplus in as_a_query(engine, text, backgrounds).items():
            assert together[channel][number] == pytest.approx(surplus, abs=1e-4)


def test_examples_asked_at_once_find_what_each_finds_alone(engine):
    backgrounds = engine.library.backgrounds()
    written = written_examples(6, 0, engine.models, engine.library.segment_counts())
    for modality, rows in written.items():
        together = ask_examples(modality, rows, engine.library, backgrounds)
        for number in range(6):
            alone = [(space, vectors[number : number + 1]) for space, vectors in rows]
            for channel, (surplus,) in ask_examples(modality, alone, engine.library, backgrounds).items():
                assert together[channel][number] == pytest.approx(surplus, abs=1e-4)


def test_a_query_that_finds_nothing_is_never_unlikely():
    best = {Channel.TEXT: np.array([-np.inf, 2.0]), Channel.SPEECH: np.array([-np.inf, 1.0])}
    assert over_all(best, Modality.TEXT, {}) == pytest.approx([0.0, 2.0], abs=0.01)


def test_nonsense_is_the_same_every_time_and_written_once(tmp_path):
    recipe = fake_recipe(hears=True)
    held = {Channel.PICTURE, Channel.SOUND}
    first: list[str] = []
    for _ in range(2):
        models = ModelSet("fake", recipe, Remembered(tmp_path))
        salads, examples = written_salads(30, 0, models), written_examples(30, 0, models, held)
        assert len(set(salads.words)) == 30
        assert {modality: len(rows[0][1]) for modality, rows in examples.items()} == dict.fromkeys(
            (Modality.PICTURE, Modality.SOUND), 30
        )
        first = first or list(salads.words)
        assert salads.words == first
        np.testing.assert_allclose(salads.written[0][1], written_texts(first, models).written[0][1], atol=1e-3)
    assert len(list(tmp_path.iterdir())) == 3
