"""Full text is searched while words are encoded, and nobody who is encoded for keeps others from working."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from sensorium.library import Library
from sensorium.models.model_set import ModelSet
from sensorium.search.asked import understand
from sensorium.search.engine import Engine
from sensorium.types import Modality, Part, Query
from tests.fakes import FakeTextEncoder, fake_recipe

WAIT_S = 5


class Held(FakeTextEncoder):
    """Encodes when `go` is set; notes whether it was, or patience ran out."""

    def __init__(self):
        super().__init__()
        self.go = threading.Event()
        self.went = []

    def encode_texts(self, texts):
        self.went.append(self.go.wait(WAIT_S))
        return super().encode_texts(texts)


class Watched(Library):
    """Tells when its full text has been searched."""

    searched = threading.Event()

    def find_words(self, *args, **options):
        self.searched.set()
        return super().find_words(*args, **options)


def models_with(encoder):
    return ModelSet("fake", replace(fake_recipe(), texts=(lambda: encoder,)))


def words(text):
    return Query((Part(Modality.TEXT, text=text),), limit=5)


@pytest.fixture
def held():
    encoder = Held()
    yield encoder
    encoder.go.set()


def test_what_words_ask_is_known_while_their_vectors_are_still_to_come(engine, held):
    asked = understand(words("bake bread"), engine.library, models_with(held), engine._media)
    assert [one.text for one in asked.words] == ["bake bread"]
    only = asked.only([0])
    held.go.set()
    (probe,) = only.probes
    assert probe is asked.probes[0]
    assert len(asked.probes[:1]) == len(asked.probes) == 1
    np.testing.assert_array_equal(probe.vectors, FakeTextEncoder().encode_texts(["bake bread"]))


def test_full_text_is_searched_before_the_words_are_encoded(engine, held):
    library = Watched.open(engine.library.folder)
    held.go = library.searched
    answer = Engine(library, models_with(held), engine._media).search(words("bake the loaf"))
    assert held.went == [True]
    expected = engine.search(words("bake the loaf"))
    assert [(hit.item.id, hit.score) for hit in answer.hits] == [(hit.item.id, hit.score) for hit in expected.hits]
    assert [(s.channel, s.matcher) for s in answer.steps] == [(s.channel, s.matcher) for s in expected.steps]
    library.close()


def test_queries_whose_words_are_not_encoded_yet_keep_no_other_from_being_answered(engine, held):
    asking = Engine(engine.library, models_with(held), engine._media)
    asking.models.asking._memory.put((held.space, "a bicycle"), FakeTextEncoder().encode_texts(["a bicycle"]))
    found = {}
    waiting = [
        threading.Thread(target=lambda n=n: found.update({n: asking.search(words(f"rope {n}")).hits}))
        for n in range(12)
    ]
    for thread in waiting:
        thread.start()
    assert asking.search(words("a bicycle")).hits  # remembered: nothing to wait for but a turn
    assert not found
    held.go.set()
    for thread in waiting:
        thread.join(WAIT_S)
    assert len(found) == 12


def test_an_encoder_that_fails_fails_the_query_and_leaves_its_turn(engine):
    class Broken(FakeTextEncoder):
        def encode_texts(self, texts):
            raise ValueError("too long")

    asking = Engine(engine.library, models_with(Broken()), engine._media)
    for number in range(20):
        with pytest.raises(ValueError, match="too long"):
            asking.search(words(f"bread {number}"))
