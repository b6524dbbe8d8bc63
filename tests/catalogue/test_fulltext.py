"""Full-text search stays quick and right where words are common, filters long, and codes hidden in longer words."""

import random

import numpy as np
import pytest
from sqlalchemy import text

from sensorium.catalogue import fulltext
from sensorium.catalogue.fulltext import ALL_AT_MOST, DRIVEN_AT_MOST, LISTED_AT_MOST
from sensorium.library import Library
from sensorium.types import Channel
from sensorium.wording import Wording, read_wording

ROWS = 30_000


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Passages that all hold `common`, half of them `half`, one in a hundred `seldom`; three names with codes."""
    opened = Library.open_or_create(tmp_path_factory.mktemp("words") / "library", "fake")
    rnd = random.Random(1)
    rows = []
    for number in range(1, ROWS + 1):
        words = ["common"] * rnd.randint(1, 3) + ["half"] * (number % 2) + ["seldom"] * (number % 100 == 0)
        words += [f"filler{rnd.randrange(50)}" for _ in range(rnd.randint(0, 9))]
        rows.append({"id": number, "channel": "text", "text": " ".join(words)})
    names = ("MKRE1605X spare part", "RE16 itself", "IMG RE99")
    rows += [{"id": ROWS + place, "channel": "name", "text": name} for place, name in enumerate(names, 1)]
    columns, values = "id, uri, kind, title, path, attributes, fingerprint", "1, 'u', 'document', 't', '/t', '{}', ''"
    item = f"INSERT INTO item({columns}) VALUES ({values})"
    with opened._engine.begin() as connection:
        connection.execute(text(item))
        connection.execute(
            text("INSERT INTO segment(id, item_id, channel, key, text) VALUES (:id, 1, :channel, :id, :text)"), rows
        )
    yield opened
    opened.close()


def found(library, words, limit=ROWS, **options):
    return library.find_words(Channel.TEXT, words, limit, **options)


def test_a_rare_word_drives_where_others_are_common(library):
    assert ROWS > ALL_AT_MOST  # else this tests nothing
    ranked = found(library, "common half seldom")
    assert {segment_id % 100 for segment_id, _ in ranked} == {0}
    assert len(ranked) == ROWS // 100
    assert all(0 < score <= 1 for _, score in ranked)
    assert [score for _, score in ranked] == sorted((score for _, score in ranked), reverse=True)


def test_words_that_are_all_common_are_asked_together_and_bounded(library):
    ranked = found(library, "common half")
    assert {segment_id % 2 for segment_id, _ in ranked} == {1}
    assert DRIVEN_AT_MOST < len(ranked) <= ALL_AT_MOST


@pytest.mark.parametrize(("words", "least", "most"), [("common", 0.0, 0.01), ("half", 0.0, 0.4), ("seldom", 0.8, 2.1)])
def test_words_are_as_unlikely_as_they_are_rare(library, words, least, most):
    scores = np.array([score for _, score in found(library, words)])
    assert least <= library.unlikeliness(Channel.TEXT, read_wording(words), scores).max() <= most


def test_the_same_share_of_more_words_is_less_likely(library):
    few, many = ("filler1 filler2", " ".join(f"filler{number}" for number in range(1, 9)))
    told = [library.unlikeliness(Channel.TEXT, read_wording(words), np.array([0.1, 0.3])) for words in (few, many)]
    assert told[0][0] <= told[0][1] < told[1][1]
    assert library.unlikeliness(Channel.TEXT, read_wording("nowhere"), np.empty(0)).shape == (0,)


def test_few_rows_are_all_ranked(library):
    every = found(library, "seldom filler7")
    holders = {segment_id for segment_id, _ in found(library, "seldom")} | {i for i, _ in found(library, "filler7")}
    assert {segment_id for segment_id, _ in every} == holders


@pytest.mark.parametrize("words", ["seldom filler7", "common half seldom", "half"])
@pytest.mark.parametrize("kept", [10, 700, LISTED_AT_MOST + 1000])
def test_a_filter_keeps_just_what_is_allowed_and_changes_no_score(library, words, kept):
    allowed = np.sort(np.random.default_rng(kept).choice(np.arange(1, ROWS + 1), kept, replace=False))
    everywhere = dict(found(library, words))
    among = dict(found(library, words, allowed=allowed))
    passing = set(allowed.tolist())
    expected = {key: score for key, score in everywhere.items() if key in passing}
    assert {key: among[key] for key in expected} == expected
    assert among.keys() <= passing
    if len(everywhere) < ALL_AT_MOST / 2:  # below the bound nothing else may come
        assert among == expected


def test_phrases_are_held_in_their_order(library):
    holders = library.holding(Channel.TEXT, (("half", "seldom"),)).tolist()
    assert holders == []  # an odd number is no multiple of a hundred
    assert len(library.holding(Channel.TEXT, (("common", "seldom"),))) == ROWS // 100
    assert library.holding(Channel.TEXT, (("seldom", "common"),)).tolist() == []


def test_beginnings_of_words_are_found(library):
    assert len(found(library, read_wording("seld*"))) == ROWS // 100
    assert found(library, read_wording("seld")) == []


def test_a_code_is_found_in_a_longer_one_by_the_share_it_covers(library):
    ranked = dict(library.find_words(Channel.NAME, "re16", 9))
    longer, whole, other = ROWS + 1, ROWS + 2, ROWS + 3
    assert ranked.keys() == {longer, whole}
    assert ranked[whole] > ranked[longer] > 0
    assert other not in ranked
    assert dict(library.find_words(Channel.NAME, "re16", 9, allowed=np.array([longer]))) == {longer: ranked[longer]}


def test_ordinary_words_are_found_within_others_only_where_that_is_asked(library):
    assert library.find_words(Channel.NAME, "spar", 9) == []
    assert [i for i, _ in library.find_words(Channel.NAME, "spar", 9, parts_of_words=True)] == [ROWS + 1]


def test_a_wording_tells_its_signs_from_its_words():
    assert read_wording('a "Red dress", shoe* and 5" pipe*s') == Wording(
        'a Red dress, shoe and 5" pipe*s',
        ("a", "red", "dress", "shoe", "and", "5", "pipe", "s"),
        (("red", "dress"),),
        frozenset(("shoe",)),
    )
    assert fulltext.query_words("It's THE it") == ("it", "s", "the")
