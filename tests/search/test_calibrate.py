"""Surprise is how seldom an unrelated query scores as high, whatever the channel's own scale."""

import itertools

import numpy as np
import pytest
from PIL import Image

from sensorium.cli.shared import calibrate as measure
from sensorium.indexer import index
from sensorium.library import Library
from sensorium.search import calibrate
from sensorium.search.calibrate import background_texts, describe, surprise_of, typical
from sensorium.settings import Settings
from sensorium.types import Channel, Modality
from tests.fakes import fake_models
from tests.media_files import write_sound


def test_surprise_is_the_share_of_unrelated_pairs_above():
    scores = np.random.default_rng(0).permutation(10_000).astype(np.float32)
    background = describe(scores)
    for score, share in ((9_000, 0.1), (9_900, 0.01), (9_990, 0.001)):
        assert surprise_of(score, background) == pytest.approx(-np.log10(share), abs=0.02)


def test_beyond_the_table_surprise_grows_in_a_straight_line():
    scores = np.random.default_rng(0).exponential(0.1, 100_000).astype(np.float32)  # P(S >= s) = exp(-10 s)
    background = describe(scores)
    for score in (1.2, 2.0, 3.0):
        assert surprise_of(score, background) == pytest.approx(10 * score / np.log(10), rel=0.1)


def test_surprise_never_falls_as_scores_rise():
    background = describe(np.random.default_rng(1).normal(0, 1, 5_000).astype(np.float32))
    values = [surprise_of(score, background) for score in np.linspace(-5, 9, 200)]
    assert all(later >= earlier for earlier, later in itertools.pairwise(values))


def test_a_channel_where_most_scores_are_zero_is_measured_by_the_rest():
    scores = np.zeros(10_000, np.float32)
    scores[:100] = np.linspace(0.1, 0.5, 100)
    background = describe(scores)
    assert surprise_of(0.1, background) == pytest.approx(2, abs=0.1)
    assert surprise_of(0.5, background) > 2.9


@pytest.mark.parametrize("scores", [[0.5], [0.5] * 30])
def test_a_handful_of_scores_is_enough_to_go_on(scores):
    background = describe(np.array(scores, np.float32))
    assert np.isfinite(surprise_of(0.9, background))
    assert surprise_of(0.9, background) >= surprise_of(0.5, background)


def test_a_library_of_one_picture_can_be_calibrated(tmp_path):
    Image.new("RGB", (20, 20), "red").save(tmp_path / "only.png")
    library, models = Library.open_or_create(tmp_path / "library", "fake"), fake_models()
    index([tmp_path / "only.png"], library, models, settings=Settings(workers=1))
    fitted = calibrate.fit(library, models)
    assert (Modality.TEXT, Channel.PICTURE, "fake") in fitted
    assert (Modality.PICTURE, Channel.PICTURE, "fake") not in fitted  # nothing there is unrelated to it
    library.close()


def test_background_texts_are_many_and_distinct():
    texts = background_texts()
    assert len(texts) > 150
    assert len(set(texts)) == len(texts)


def test_sounds_have_a_background_of_their_own(tmp_path):
    for number, hertz in enumerate((200, 300, 4000, 5000)):
        write_sound(tmp_path / f"{number}.wav", seconds=1, hertz=hertz)
    library, models = Library.open_or_create(tmp_path / "library", "fake"), fake_models(hears=True)
    index([*tmp_path.glob("*.wav")], library, models, settings=Settings(workers=1))
    fitted = calibrate.fit(library, models)
    assert {(Modality.TEXT, Channel.SOUND, "fake"), (Modality.SOUND, Channel.SOUND, "fake")} <= fitted.keys()
    library.close()


def test_zeros_that_are_only_counted_give_what_zeros_that_are_there_give():
    scores = np.random.default_rng(0).random(300).astype(np.float32)
    counted = describe(scores, zeros=5_000)
    there = describe(np.concatenate([scores, np.zeros(5_000, np.float32)]))
    assert counted.surprises == there.surprises
    np.testing.assert_allclose(counted.scores, there.scores, atol=1e-6)


def test_recordings_of_one_thing_do_not_make_their_likeness_common():
    random = np.random.default_rng(0)
    scores = random.normal(0, 0.1, (200, 200)).astype(np.float32)
    for row in range(200):  # each has four relatives, and is like itself
        scores[row, row // 5 * 5 : row // 5 * 5 + 5] = random.uniform(0.6, 0.9, 5)
    scores[:60, :60] = random.uniform(0.6, 0.9, (60, 60))  # and these are all of one kind
    assert surprise_of(0.7, describe(scores.ravel())) < 2
    assert surprise_of(0.7, describe(typical(scores))) > 5
    assert typical(scores[:, :1]).shape == (0,)


@pytest.mark.parametrize(("counts", "changes", "anew"), [
    ({"text": 1000}, 50, False),
    ({"text": 1000}, 51, True),
    ({"text": 1000, "sound": 1}, 1, True),
    ({}, 1, True),
])  # fmt: skip
def test_a_background_is_good_until_a_twentieth_of_the_segments_has_changed(counts, changes, anew):
    assert calibrate.outdated({Channel(c): n for c, n in counts.items()}, measured=["text"], changes=changes) is anew


def test_a_library_is_measured_again_only_when_it_has_changed_enough(tmp_path):
    folder, models = tmp_path / "files", fake_models()
    folder.mkdir()
    library = Library.open_or_create(tmp_path / "library", "fake")

    def after(*names):
        for name in names:
            (folder / name).write_text(f"all about {name}")
        index([folder], library, models, settings=Settings(workers=1))
        measure(library, models)
        return library.backgrounds(), library.calibrated()

    first, current = after(*(f"{number}.txt" for number in range(60)))
    assert current
    assert after("one more.txt") == (first, False)
    more, current = after(*(f"{number} again.txt" for number in range(60)))
    assert current
    assert more != first
    library.close()
