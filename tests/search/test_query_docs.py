"""Every example of docs/query.md can be asked, is read as it is meant to be, and prints as it is read."""

import re
from pathlib import Path

import pytest

from sensorium.errors import QuerySyntaxError
from sensorium.search.compose import compose
from sensorium.search.language import parse
from sensorium.search.printing import print_query
from tests.search.drafted import open_engine
from tests.search.test_query import DRAFTS

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "query.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```query\n(.*?)```", DOCS, re.DOTALL)
EXAMPLES = [line.partition(" # ")[0].strip() for block in BLOCKS for line in block.splitlines()]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = open_engine(tmp_path_factory.mktemp("docs") / "library", DRAFTS)
    yield made
    made.library.close()


def test_there_are_examples_of_every_feature():
    assert len(EXAMPLES) > 40
    for sign in ('"', "*", "^", "said:", "ocr:", "sound:", "-", "like:", "<", "..", "kind:", "folder:", "sort:"):
        assert any(sign in example for example in EXAMPLES), sign


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_asked_without_a_word_of_doubt(engine, example):
    fields = engine.library.fields()
    query = compose(example, fields)
    assert query.notes == ()
    assert parse(print_query(query, fields), fields) == query
    assert engine.search(query).took_ms > 0


def test_the_slip_is_shown_as_the_page_says(engine):
    shown = re.search(r"```\n(Behind .*?)```", DOCS, re.DOTALL)[1].rstrip("\n")
    with pytest.raises(QuerySyntaxError) as caught:
        compose("red shoe price<cheap", engine.library.fields())
    assert str(caught.value) == shown


def test_brackets_with_a_weight_take_meaning_away(engine):
    assert parse("(-leather said:it)^1", engine.library.fields()).parts[0].text == "-leather said:it"
