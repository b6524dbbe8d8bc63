"""Late interaction: every token of the query looks for its best match in a passage."""

import numpy as np
import pytest

from sensorium.models.model_set import ModelSet, Recipe
from sensorium.search.engine import Engine
from sensorium.search.rerank import Reranker, make_reranker
from sensorium.search.rerank.late import ITEMS, WEIGHT, TokenJudge, against_the_mean, max_sim
from sensorium.search.rerank.second_reading import SecondReading
from sensorium.settings import Settings
from sensorium.types import Modality, Part, Query
from tests.fakes import FakePictureEncoder, FakeTextEncoder
from tests.search.drafted import open_engine, text_item

WORDS = ("harbour", "rope", "lantern", "bread", "salt", "wheel", "cable", "north")


class Tokens(FakeTextEncoder):
    """A word is a token; begin and end have marks of their own."""

    def encode_tokens(self, texts):
        return [self.encode_texts(["begin", *text.split(), "end"]) for text in texts]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    drafts = [text_item(f"{n}.txt", f"{WORDS[n % 8]} {WORDS[n // 8]} {WORDS[n % 3]}") for n in range(40)]
    return open_engine(tmp_path_factory.mktemp("late") / "library", drafts)


def engine_with(library, encoder, *stages):
    models = ModelSet("fake", Recipe(pictures=FakePictureEncoder, texts=(lambda: encoder,)))
    return Engine(library.library, models, library._media, Reranker(stages, budget_ms=60_000))


def stage():
    return SecondReading(TokenJudge(), budget_ms=60_000, items=ITEMS, weigh=against_the_mean)


def ask(engine, text="harbour rope"):
    return engine.search(Query((Part(Modality.TEXT, text=text),), limit=40, fold=False)).hits


def test_the_mean_of_the_best_matches():
    asked = np.array([[1, 0], [0, 1]], np.float32)
    passage = np.array([[0.6, 0.8], [1, 0], [-1, 0]], np.float32)
    assert max_sim(asked, passage) == pytest.approx((1.0 + 0.8) / 2)


def test_what_it_says_is_against_the_mean_of_those_it_judged(library):
    hits = ask(engine_with(library, Tokens(), stage()))[:ITEMS]
    told = [next(one for one in hit.evidence if one.matcher == "late-interaction") for hit in hits]
    mean = np.mean([one.raw for one in told])
    for hit, one in zip(hits, told, strict=True):
        assert one.contribution == pytest.approx(WEIGHT * (one.raw - mean), abs=1e-6)
        assert hit.score == pytest.approx(sum(evidence.contribution for evidence in hit.evidence))
        present = sum(word in one.segment.text.split() for word in ("harbour", "rope")) / 2
        assert one.raw >= present - 0.02  # tokens are kept in bytes
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_passages_are_encoded_once(library):
    encoder = Tokens()
    engine = engine_with(library, encoder, stage())
    first = ask(engine)
    encoded = encoder.encoded
    assert [hit.score for hit in ask(engine)] == [hit.score for hit in first]
    assert encoder.encoded == encoded  # the query is remembered, as a text and by its tokens


def test_an_encoder_without_tokens_is_left_alone(library):
    plain = ask(engine_with(library, FakeTextEncoder()))
    assert ask(engine_with(library, FakeTextEncoder(), stage())) == plain


def test_it_is_off_unless_it_is_named_and_steps_back_for_a_cross_encoder(tmp_path):
    from tests.models.tiny_models import save_cross_encoder

    assert "late-interaction" not in [one.name for one in make_reranker(Settings()).stages]
    named = Settings(rerank="cross-encoder,late-interaction,fold")
    assert [one.name for one in make_reranker(named).stages] == ["late-interaction", "folding"]
    both = Settings(rerank=named.rerank, cross_encoder=str(save_cross_encoder(tmp_path)))
    assert [one.name for one in make_reranker(both).stages] == ["cross-encoder", "folding"]
