"""Passages keep to headings, paragraphs and sentences, and are read to their end by the encoder."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer

from sensorium.errors import ModelUnavailable
from sensorium.indexer.cutting import PASSAGE_PIECES, cut_document, group_lines, pieces
from sensorium.media.decoded import Block
from sensorium.models.minilm import find_minilm
from sensorium.settings import Settings
from sensorium.types import TextLine

SENTENCE = "The keeper of the lighthouse counted {} ships on that day."
"""Eleven words."""


def text(sentences, start=0):
    return " ".join(SENTENCE.format(number) for number in range(start, start + sentences))


def words(passage):
    return len(passage.text.split())


def test_a_passage_never_runs_across_a_heading():
    passages = list(cut_document([Block(text(2), "A"), Block(text(2), "A > B", page=3), Block(text(1), "A")]))
    assert [(p.heading, p.page, words(p)) for p in passages] == [("A", None, 22), ("A > B", 3, 22), ("A", None, 11)]


def test_long_sections_are_cut_evenly_and_between_sentences():
    passages = list(cut_document([Block(text(40), "")]))
    assert " ".join(p.text for p in passages) == text(40)
    assert all(p.text.endswith("day.") for p in passages)
    assert len(passages) > 1
    assert max(map(words, passages)) - min(map(words, passages)) <= 11


def test_a_passage_ends_with_its_paragraph_where_it_is_nearly_full():
    paragraphs = [Block(text(11, 100 * number), "") for number in range(5)]
    whole = {" ".join(block.text for block in paragraphs[first:last]) for first in range(5) for last in range(6)}
    assert {passage.text for passage in cut_document(paragraphs)} <= whole


def test_a_passage_has_the_page_it_begins_on():
    passages = list(cut_document([Block(text(14), "", page=1), Block(text(14, 50), "", page=2)]))
    assert [p.page for p in passages] == [1, 2]


def test_what_has_no_sentences_is_cut_between_words_and_what_has_no_words_anywhere():
    endless = "lighthouse " * 400
    passages = list(cut_document([Block(endless, "")]))
    assert " ".join(p.text for p in passages) == endless.strip()
    assert all(pieces(p.text) <= PASSAGE_PIECES for p in passages)
    coded = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo" * 200
    parts = [p.text.replace(" ", "") for p in cut_document([Block(coded, "")])]
    assert "".join(parts) == coded
    assert all(pieces(part) <= PASSAGE_PIECES for part in parts)


def test_chinese_sentences_end_without_blanks():
    passages = list(cut_document([Block("灯塔的看守人那天数了七艘船。" * 60, "")]))
    assert len(passages) > 1
    assert all(p.text.endswith("。") for p in passages)


def test_lines_of_a_page_are_grouped_in_order():
    lines = [TextLine(SENTENCE.format(number), (0, 0, 1, 1), 1.0) for number in range(40)]
    groups = list(group_lines(lines))
    assert [line for group in groups for line in group] == lines
    assert len(groups) > 1
    assert all(sum(pieces(line.text) for line in group) <= PASSAGE_PIECES for group in groups)


@pytest.fixture(scope="module")
def tokenizer():
    try:
        folder = find_minilm(Settings())
    except ModelUnavailable as error:
        pytest.skip(str(error))
    found = Tokenizer.from_file(str(next(folder.rglob("tokenizer.json"))))
    found.no_truncation()
    found.no_padding()
    return found


LANGUAGES = {
    "English": text(200),
    "numbers": " ".join(f"On day {n}: {n * 1.37:.4f} ± {n / 7:.3f} mm, or {n * 1234567} units." for n in range(200)),
    "German": "Die Hafenverwaltungsgebäude wurden jahrzehntelang außerordentlich sorgfältig instandgehalten. " * 80,
    "Finnish": "Majakanvartija laski päiväkirjoihinsa ohikulkevien purjelaivojen lukumäärän. " * 80,
    "Russian": "Смотритель маяка записывал в журнал число проходящих мимо кораблей. " * 80,
    "Chinese": "灯塔的看守人那天数了七艘船。" * 200,
    "code": "def count_ships(day: int) -> dict[str, int]: return {ship.name: ship.tons for ship in log[day]}\n" * 60,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_encoder_reads_passages_to_their_end(tokenizer, language):
    passages = list(cut_document([Block(LANGUAGES[language], "Notes > The lighthouse and its keeper")]))
    lengths = [len(tokenizer.encode(f"The lighthouse and its keeper\n{p.text}").ids) for p in passages]
    assert max(lengths) <= 256
    assert sum(lengths) / len(lengths) > 256 / 3
