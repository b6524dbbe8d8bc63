"""Retrieval of a library whose full text is searched by several threads."""

import pytest
from sqlalchemy import text

from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.search.asked import understand
from sensorium.search.matches import WORDS
from sensorium.search.retrieve import BESIDE_FROM, retrieve
from sensorium.search.selection import Selection
from sensorium.settings import Settings
from sensorium.types import Channel, Modality, Part, Query
from tests.fakes import fake_models

DEPTH = 100


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """More passages and names than are searched one after the other; every thousandth holds `seldom`."""
    library = Library.open_or_create(tmp_path_factory.mktemp("large") / "library", "fake")
    passages = [
        {"id": number, "channel": "text", "text": f"common {'seldom' if number % 1000 == 0 else ''} w{number % 97}"}
        for number in range(1, BESIDE_FROM + 1)
    ]
    names = [
        {"id": BESIDE_FROM + number, "channel": "name", "text": f"seldom w{number % 7}"} for number in range(1, 200)
    ]
    columns, values = "id, uri, kind, title, path, attributes, fingerprint", "1, 'u', 'document', 't', '/t', '{}', ''"
    with library._engine.begin() as connection:
        connection.execute(text(f"INSERT INTO item({columns}) VALUES ({values})"))
        connection.execute(
            text("INSERT INTO segment(id, item_id, channel, key, text) VALUES (:id, 1, :channel, :id, :text)"),
            passages + names,
        )
    yield library
    library.close()


@pytest.mark.parametrize("words", ["seldom w3", "common w5", "nowhere"])
def test_threads_find_what_each_channel_finds_alone(large, words):
    models, media = fake_models(), MediaReader(Settings(workers=1))
    query = Query((Part(Modality.TEXT, text=words),))
    asked, selection = understand(query, large, models, media), Selection.of(query, large)
    with large.reading():
        found = retrieve(asked, large, models, selection=selection, depth=DEPTH)
    media.close()
    by_words = {one.source.channel: one for one in found.matches if one.source.matcher == WORDS}
    assert set(by_words) == {Channel.TEXT, Channel.NAME}
    for channel, matches in by_words.items():
        alone = large.find_words(channel, words, DEPTH)
        assert list(zip(matches.segments.tolist(), matches.raw.tolist(), strict=True)) == alone
    worded = [step.channel for step in found.steps if step.matcher == WORDS]
    assert worded == [channel for channel in large.segment_counts() if channel in by_words]
