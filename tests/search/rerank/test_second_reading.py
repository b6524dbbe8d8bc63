"""A judge looks again at the best of what was found."""

import time

import numpy as np
import pytest
from PIL import Image

from sensorium.errors import ModelUnavailable
from sensorium.media.reader import MediaReader
from sensorium.search.calibrate import worth
from sensorium.search.engine import Engine
from sensorium.search.rerank import Reranker, make_reranker
from sensorium.search.rerank.pictures import PictureJudge, unlikeliness
from sensorium.search.rerank.second_reading import AT_ONCE, ITEMS, SHARE, SecondReading, Verdict
from sensorium.settings import Settings
from sensorium.types import PICTURE_CHANNELS, TEXT_CHANNELS, Kind, Modality, Part, Query
from tests.fakes import FakePictureEncoder, FakeTextEncoder
from tests.models.tiny_models import save_cross_encoder
from tests.search.drafted import open_engine, text_item

WORDS = ("harbour", "rope", "lantern", "bread", "salt", "wheel", "cable", "north")


class Longest:
    """Thinks that the longer a text, the better it answers; takes its time over each."""

    name = "longest"
    channels = TEXT_CHANNELS

    def __init__(self, s_each=0.0):
        self.s_each = s_each
        self.judged = []

    def load(self):
        pass

    def able(self, scene):
        return True

    def judge(self, words, proofs, scene):
        self.judged += [(words, proof.segment.text) for proof in proofs]
        time.sleep(self.s_each * len(proofs))
        return [Verdict(float(len(proof.segment.text)), len(proof.segment.text) / 10) for proof in proofs]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    drafts = [text_item(f"{n}.txt", f"harbour {WORDS[n % 8]} " + "and " * (n % 13)) for n in range(60)]
    return open_engine(tmp_path_factory.mktemp("judged") / "library", drafts)


def engine_with(library, *stages, budget_ms=60_000):
    return Engine(library.library, library._models, library._media, Reranker(stages, budget_ms=budget_ms))


def query(*parts, **options):
    parts = parts or (Part(Modality.TEXT, text="harbour"),)
    return Query(parts, **{"limit": 60, "fold": False, **options})


def test_what_the_judge_says_counts_half_and_the_score_stays_the_sum(library):
    plain = {hit.item.id: hit for hit in engine_with(library).search(query()).hits}
    judged = engine_with(library, SecondReading(Longest(), budget_ms=60_000)).search(query()).hits
    for hit in judged[:ITEMS]:
        (told,) = (one for one in hit.evidence if one.matcher == "longest")
        before = plain[hit.item.id].score
        assert told.raw == len(told.segment.text)
        assert told.contribution == pytest.approx(SHARE * (told.raw / 10 - before))
        assert hit.score == pytest.approx(sum(one.contribution for one in hit.evidence))
    assert [hit.score for hit in judged[:ITEMS]] == sorted((hit.score for hit in judged[:ITEMS]), reverse=True)


def test_only_the_best_are_judged_and_they_stay_ahead(library):
    plain = [hit.item.id for hit in engine_with(library).search(query()).hits]
    judge = Longest()
    judged = [hit.item.id for hit in engine_with(library, SecondReading(judge, budget_ms=60_000)).search(query()).hits]
    assert len(judge.judged) == ITEMS
    assert set(judged[:ITEMS]) == set(plain[:ITEMS])
    assert judged[ITEMS:] == plain[ITEMS:]


def test_the_budget_is_kept_and_what_was_not_judged_is_said(library):
    judge = Longest(s_each=0.01)
    engine = engine_with(library, SecondReading(judge, budget_ms=95))
    engine.search(query())
    judge.judged.clear()  # now it knows how long a verdict takes
    started = time.perf_counter()
    answer = engine.search(query())
    assert AT_ONCE <= len(judge.judged) <= 9
    assert time.perf_counter() - started < 2
    assert answer.notes == (f"In the time there was, longest judged {len(judge.judged)} of {ITEMS} hits.",)


def test_a_judge_that_was_slow_once_is_tried_again(library):
    judge = Longest(s_each=0.2)
    stage = SecondReading(judge, budget_ms=100)
    engine = engine_with(library, stage)
    counts = []
    for _ in range(8):
        judge.judged.clear()
        engine.search(query())
        counts.append(len(judge.judged))
        judge.s_each = 0.0
    assert counts[:2] == [AT_ONCE, 0]
    assert counts[-1] > 0


def test_every_part_in_words_is_judged_and_what_pushes_away_is_not(library):
    judge = Longest()
    parts = (
        Part(Modality.TEXT, text="harbour"),
        Part(Modality.TEXT, text="rope"),
        Part(Modality.TEXT, text="salt", weight=-0.5),
    )
    engine_with(library, SecondReading(judge, budget_ms=60_000)).search(query(*parts))
    assert {words for words, _ in judge.judged} == {"harbour", "rope"}


def test_pages_whose_best_are_shown_already_are_not_judged_again(library):
    judge = Longest()
    engine = engine_with(library, SecondReading(judge, budget_ms=60_000))
    first = engine.search(query(limit=ITEMS))
    judge.judged.clear()
    second = engine.search(query(limit=ITEMS, cursor=first.cursor))
    assert judge.judged == []
    assert {hit.item.id for hit in first.hits}.isdisjoint(hit.item.id for hit in second.hits)


def test_a_cross_encoder_comes_by_its_setting(library, tmp_path):
    folder = str(save_cross_encoder(tmp_path))
    chain = make_reranker(Settings(cross_encoder=folder, device="cpu", rerank_budget_ms=60_000))
    assert [stage.name for stage in chain.stages] == ["cross-encoder", "variety", "folding"]
    engine = Engine(library.library, library._models, library._media, chain)
    engine.warm()
    hits = engine.search(query()).hits[:ITEMS]
    told = [next(one for one in hit.evidence if one.matcher == "cross-encoder") for hit in hits]
    assert [one.calibrated for one in told] == pytest.approx([worth(one.raw / np.log(10)) for one in told])
    assert len({round(one.raw, 3) for one in told}) > 3


def test_a_cross_encoder_that_is_not_there_is_said_at_once():
    with pytest.raises(ModelUnavailable, match="no-such-model"):
        make_reranker(Settings(cross_encoder="nobody/no-such-model"))


class FakeClip(FakePictureEncoder, FakeTextEncoder):
    """Both towers in one, as open_clip's encoder is."""


def test_a_larger_picture_model_looks_at_pictures_by_how_unlike_unrelated_texts_they_are(engine, media):
    encoder = FakeClip()
    stage = SecondReading(PictureJudge(encoder), budget_ms=60_000)
    reader = MediaReader(Settings(workers=1))
    judged = Engine(engine.library, engine._models, reader, Reranker([stage], budget_ms=60_000))
    hits = judged.search(Query((Part(Modality.TEXT, text="green"),), kinds=(Kind.PICTURE,))).hits
    assert hits[0].item.title == "111.png"
    told = [one for hit in hits for one in hit.evidence if one.matcher == "pictures"]
    assert {one.channel for one in told} <= set(PICTURE_CHANNELS)
    assert told[0].calibrated > max(one.calibrated for one in told[1:])
    calls = encoder.encoded
    judged.search(Query((Part(Modality.TEXT, text="green"),), kinds=(Kind.PICTURE,)))
    assert encoder.encoded == calls + 1  # the words; the pictures are kept
    reader.close()


def test_unlikeliness_is_that_of_the_normal_distribution():
    background = np.array([-1.0, 1.0], np.float32)  # mean 0, spread 1
    assert unlikeliness(0.0, background) == pytest.approx(-np.log10(0.5))
    assert unlikeliness(1.6448536, background) == pytest.approx(-np.log10(0.05))
    assert unlikeliness(1000.0, background) > 100


def test_a_picture_that_has_vanished_is_worth_nothing(tmp_path):
    from sensorium.indexer import index
    from sensorium.library import Library
    from tests.fakes import fake_models

    (tmp_path / "photos").mkdir()
    for name, colour in (("red", (220, 20, 20)), ("blue", (20, 20, 220))):
        Image.new("RGB", (60, 60), colour).save(tmp_path / "photos" / f"{name}.png")
    models, settings = fake_models(), Settings(workers=1)
    library = Library.open_or_create(tmp_path / "library", "fake")
    index([tmp_path / "photos"], library, models, settings=settings)
    (tmp_path / "photos" / "red.png").unlink()
    reader = MediaReader(settings)
    stage = SecondReading(PictureJudge(FakeClip()), budget_ms=60_000)
    hits = Engine(library, models, reader, Reranker([stage], budget_ms=60_000)).search(query(fold=True)).hits
    values = {hit.item.title: [o.calibrated for o in hit.evidence if o.matcher == "pictures"] for hit in hits}
    assert values["red.png"] == [0.0]
    reader.close()
