"""Whether words sound like a caption reaches the fusion: pictures answer captions sooner than questions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sensorium.models.depiction import Depiction
from sensorium.models.model_set import ModelSet
from sensorium.search.asked import understand
from sensorium.search.engine import Engine
from sensorium.types import Channel, Modality, Part, Query
from tests.fakes import FAKE_SPACE, fake_recipe

CAPTION, QUESTION = "Mix flour on a red plate", "Mix flour on a red plate?"


def models_that_tell():
    """All words are a caption, except where they ask."""
    depiction = Depiction(FAKE_SPACE, np.zeros(FAKE_SPACE.dimension), question=-4.0, bias=2.0)
    return ModelSet("fake", replace(fake_recipe(), depiction=lambda: depiction))


@pytest.fixture
def telling(engine):
    return Engine(engine.library, models_that_tell(), engine._media)


def worth_of_pictures(engine, text):
    """What the pictures add to all hits of a query."""
    hits = engine.search(Query((Part(Modality.TEXT, text=text),), limit=50)).hits
    return sum(proof.contribution for hit in hits for proof in hit.evidence if proof.channel is Channel.PICTURE)


def test_pictures_count_more_for_a_caption_than_for_the_same_words_as_a_question(telling):
    assert worth_of_pictures(telling, CAPTION) > worth_of_pictures(telling, QUESTION)


def test_without_a_model_that_tells_both_are_answered_alike(engine):
    assert worth_of_pictures(engine, CAPTION) == pytest.approx(worth_of_pictures(engine, QUESTION))


def test_only_what_was_written_is_judged_by_its_words(telling, media):
    query = Query((Part(Modality.TEXT, text=CAPTION), Part(Modality.PICTURE, path=media / "photos" / "000.png")))
    asked = understand(query, telling.library, telling.models, telling._media)
    told = {(probe.part, probe.modality): probe.depicts for probe in asked.probes}
    assert told == {(0, Modality.TEXT): 2.0, (1, Modality.PICTURE): 0.0}
